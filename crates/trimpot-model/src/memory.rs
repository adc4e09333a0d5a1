//! How much memory there is, to be asked before much of it is taken.

use std::fmt;

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// There is not enough memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct NotEnough {
    /// Bytes that are needed.
    pub needed: u64,
    /// Bytes that can be had.
    pub available: u64,
}

impl fmt::Display for NotEnough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of memory are needed", grouped(self.needed))?;
        if self.available < self.needed {
            write!(f, ", {} are available", grouped(self.available))
        } else {
            write!(f, ", which the system does not give to one process")
        }
    }
}

/// Returns a number with a comma before every three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns the bytes that can be had: of the machine or, if that is less, of the container that
/// this process is in. All there could be, where the system does not say.
pub fn available() -> u64 {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::everything());
    let Ok(system) = System::new_with_specifics(memory) else { return u64::MAX };
    // Some systems say what there is, but not what is available.
    let free = match (system.available_memory(), system.total_memory()) {
        (0, 0) => return u64::MAX,
        (0, all) => all,
        (free, _) => free,
    };
    let free = free.saturating_add(system.free_swap());
    match system.cgroup_limits() {
        // What files take of it is given back when it is needed.
        Some(limits) => free.min(limits.total_memory.saturating_sub(limits.rss)),
        None => free,
    }
}

/// Returns an error unless so many bytes can be had, within the limits of this process
/// (`ulimit -v`) as well.
///
/// # Errors
/// If there is less memory than that.
pub fn check(needed: u64) -> Result<(), NotEnough> {
    let available = available();
    let error = NotEnough { needed, available };
    if needed > available {
        return Err(error);
    }
    // Address space alone: it is given back before it is used.
    let bytes = usize::try_from(needed).map_err(|_| error)?;
    Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_machine_has_is_an_error_with_the_bytes() {
        check(1_000_000).unwrap();
        let needed = 1 << 60;
        let error = check(needed).unwrap_err();
        assert_eq!(error.needed, needed);
        assert!(error.to_string().starts_with("1,152,921,504,606,846,976 bytes of memory "));
        assert_eq!([0, 999, 1000, 65_536].map(grouped), ["0", "999", "1,000", "65,536"]);
    }
}
