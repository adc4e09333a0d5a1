//! Which instructions contenders may use: those that this program was built for.
//!
//! Every contender is asked to stay within them and says what it then uses ([`crate::worker`]), so
//! that a machine with AVX-512 shows what one without it would. Whether it did, the kernel knows.

use std::fs;
use std::process::Command;
use std::time::Instant;

use anyhow::Result;

/// The instruction sets that there is a page for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    Avx2,
    Avx512,
}

impl Isa {
    /// What this program was built for. Levels of x86-64, not the machine's own processor: these
    /// are what a program for others is built for, and another machine measures the same code.
    pub const BUILT_FOR: Isa =
        if cfg!(target_feature = "avx512f") { Isa::Avx512 } else { Isa::Avx2 };

    pub fn name(self) -> &'static str {
        match self {
            Isa::Avx2 => "AVX2",
            Isa::Avx512 => "AVX-512",
        }
    }

    /// Returns what the Rust compiler calls it.
    pub fn level(self) -> &'static str {
        match self {
            Isa::Avx2 => "x86-64-v3",
            Isa::Avx512 => "x86-64-v4",
        }
    }

    /// Keeps a contender from using more. AVX-512 is the most that any of them uses: there they
    /// take what they take by themselves.
    pub fn limit(self, contender: &mut Command) {
        // Large pages for memory, see [`crate::contest`].
        let mut tunables = "glibc.malloc.hugetlb=1".to_owned();
        if self == Isa::Avx2 {
            // PyTorch's own kernels, the compiler that `torch.compile` calls, oneDNN and MKL.
            contender.env("ATEN_CPU_CAPABILITY", "avx2");
            contender.env("TORCHINDUCTOR_CPP_MARCH", self.level());
            contender.env("ONEDNN_MAX_CPU_ISA", "AVX2").env("MKL_ENABLE_INSTRUCTIONS", "AVX2");
            contender.env("XLA_FLAGS", "--xla_cpu_max_isa=AVX2");
            // XLA's matrix products and sums have no switch: in_jax.py makes one.
            contender.env("PEERS_LIMIT_YNNPACK", "1");
            contender.env("OPENBLAS_CORETYPE", "Haswell");
            contender.env("NPY_DISABLE_CPU_FEATURES", "X86_V4 AVX512_ICL AVX512_SPR");
            // `memcpy` and its like.
            tunables += ":glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW";
        }
        contender.env("GLIBC_TUNABLES", tunables);
    }
}

/// Returns whether a process has used registers of AVX-512 since this time, as the kernel says in
/// `/proc/PID/task/*/arch_status`. Not known where the processor or the kernel has no such thing.
///
/// The kernel looks when it stops a thread, as it does when that waits after a sample.
pub fn used_avx512(process: u32, ready: Instant) -> Result<Option<bool>> {
    let (now, mut used) = (ready.elapsed().as_millis(), None);
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let status = fs::read_to_string(thread?.path().join("arch_status")).unwrap_or_default();
        let last = status.lines().find_map(|line| line.strip_prefix("AVX512_elapsed_ms:"));
        if let Some(last) = last {
            // −1, and so no number: never.
            let is_since = last.trim().parse::<u128>().is_ok_and(|last| last < now);
            used = Some(used == Some(true) || is_since);
        }
    }
    Ok(used)
}
