//! Which functions a function of a finished Thumb program calls, and how large they are together.
//!
//! Calls are read from the machine code: BL and B.W, the two that the linker leaves between
//! functions (Arm's Architecture Reference Manual for Armv7-M, A7.7.12 and A7.7.18). Calls through
//! pointers are not seen; the core has none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};

/// A program, cut into functions.
pub struct Program {
    /// Sections that are in memory: where they begin, and their bytes.
    sections: Vec<(u64, Vec<u8>)>,
    /// Functions by address: how long they are.
    functions: BTreeMap<u64, u64>,
    /// Where code (`true`) or data among the code (`false`) begins.
    kinds: BTreeMap<u64, bool>,
}

impl Program {
    /// Reads a program.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| path.display().to_string())?;
        let file = object::File::parse(&*bytes)?;
        let (mut functions, mut kinds) = (BTreeMap::new(), BTreeMap::new());
        for symbol in file.symbols() {
            match symbol.name()? {
                name if name.starts_with("$t") => drop(kinds.insert(symbol.address(), true)),
                name if name.starts_with("$d") => drop(kinds.insert(symbol.address(), false)),
                _ if symbol.kind() == SymbolKind::Text && symbol.size() > 0 => {
                    functions.insert(symbol.address() & !1, symbol.size());
                }
                _ => {}
            }
        }
        let sections = file.sections().filter(|section| {
            matches!(
                section.kind(),
                SectionKind::Text | SectionKind::ReadOnlyData | SectionKind::Data
            )
        });
        let sections = sections.map(|section| Ok((section.address(), section.data()?.to_vec())));
        Ok(Program { sections: sections.collect::<Result<_>>()?, functions, kinds })
    }

    /// Bytes of the program's memory.
    pub fn bytes(&self, address: u64, length: u64) -> Result<&[u8]> {
        let bytes = self.sections.iter().find_map(|(start, bytes)| {
            let from = usize::try_from(address.checked_sub(*start)?).ok()?;
            bytes.get(from..from.checked_add(usize::try_from(length).ok()?)?)
        });
        bytes.with_context(|| format!("no {length} bytes are at {address:#x}"))
    }

    /// Returns a word of the program's memory.
    pub fn word(&self, address: u64) -> Result<u64> {
        let bytes = self.bytes(address, 4)?.try_into().context("a word has four bytes")?;
        Ok(u32::from_le_bytes(bytes).into())
    }

    /// Returns how long the function at this address is: alone, and with all that it calls, each
    /// once.
    pub fn sizes(&self, address: u64) -> Result<(u64, u64)> {
        let (mut seen, mut next) = (BTreeSet::new(), vec![address & !1]);
        while let Some(function) = next.pop() {
            if seen.insert(function) {
                next.extend(self.callees(function)?);
            }
        }
        let size = |function: &u64| self.functions.get(function).copied().unwrap_or_default();
        Ok((size(&(address & !1)), seen.iter().map(size).sum()))
    }

    /// Returns the other functions that this one calls or ends in.
    fn callees(&self, function: u64) -> Result<BTreeSet<u64>> {
        let length = self.functions.get(&function);
        let length = *length.with_context(|| format!("no function is at {function:#x}"))?;
        let code = self.bytes(function, length)?;
        let half = |at: usize| Some(u16::from_le_bytes(*code.get(at..)?.first_chunk()?));

        let (mut callees, mut at) = (BTreeSet::new(), 0);
        while let Some(first) = half(at) {
            let address = function + at as u64;
            let kind = self.kinds.range(..=address).next_back();
            if kind.is_some_and(|(_, &is_code)| !is_code) {
                at += 2;
                continue;
            }
            // 0b11101, 0b11110 and 0b11111 begin an instruction of two halves.
            if first >> 11 < 0b11101 {
                at += 2;
                continue;
            }
            let second = half(at + 2).context("an instruction goes beyond its function")?;
            if let Some(offset) = branch(first, second) {
                let to = (address + 4).wrapping_add_signed(offset);
                if !(function..function + length).contains(&to) {
                    let known = self.functions.contains_key(&to);
                    ensure!(known, "{address:#x} calls {to:#x}, where no function begins");
                    callees.insert(to);
                }
            }
            at += 4;
        }
        Ok(callees)
    }
}

/// Returns how far BL or B.W goes from the instruction after it.
fn branch(first: u16, second: u16) -> Option<i64> {
    // Bit 12 of the second half tells both from BLX and from branches with a condition.
    if first >> 11 != 0b11110 || second >> 15 != 1 || second & (1 << 12) == 0 {
        return None;
    }
    let bit = |from: u16, at: u16| i64::from(from >> at & 1);
    let sign = bit(first, 10);
    let (high, low) = (1 ^ bit(second, 13) ^ sign, 1 ^ bit(second, 11) ^ sign);
    let magnitude =
        high << 23 | low << 22 | i64::from(first & 0x3ff) << 12 | i64::from(second & 0x7ff) << 1;
    Some(magnitude - (sign << 24))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Encodings after the manual, short and long, forwards and backwards, and what only looks
    /// alike.
    #[test]
    fn branches_are_read() {
        assert_eq!(branch(0xf000, 0xf800), Some(0)); // bl .+4
        assert_eq!(branch(0xf7ff, 0xfffe), Some(-4)); // bl .
        assert_eq!(branch(0xf000, 0xb87e), Some(0xfc)); // b.w .+0x100
        assert_eq!(branch(0xf7ff, 0xbf7e), Some(-0x104)); // b.w .-0x100
        assert_eq!(branch(0xf000, 0x80fe), None); // beq.w .+0x200
        assert_eq!(branch(0xf85d, 0xfb04), None); // ldr.w pc, [sp], #4
        assert_eq!(branch(0xf3bf, 0x8f5f), None); // dmb sy
    }

    /// Returns a function that calls one that calls itself, then two words that look like calls; a
    /// third one that nobody calls.
    fn program() -> Program {
        let halves = [
            0xf000, 0xf806, // 0x100: bl 0x110
            0xbf00, 0x4770, // nop; bx lr
            0xf7ff, 0xfffe, 0xf7ff, 0xfffe, // 0x108: data
            0xf7ff, 0xfffe, // 0x110: bl 0x110
            0x4770, 0xbf00, // bx lr; padding
            0x4770, 0xbf00, // 0x118
        ];
        let bytes = halves.iter().flat_map(|half: &u16| half.to_le_bytes()).collect();
        Program {
            sections: vec![(0x100, bytes)],
            functions: BTreeMap::from([(0x100, 16), (0x110, 6), (0x118, 2)]),
            kinds: BTreeMap::from([(0x100, true), (0x108, false), (0x110, true)]),
        }
    }

    #[test]
    fn a_function_counts_once_with_all_that_it_calls() {
        let program = program();
        assert_eq!(program.sizes(0x101).expect("a function"), (16, 22));
        assert_eq!(program.sizes(0x111).expect("a function"), (6, 6));
        assert_eq!(program.sizes(0x119).expect("a function"), (2, 2));
        assert!(program.sizes(0x104).is_err());
    }

    #[test]
    fn memory_is_read() {
        let program = program();
        assert_eq!(program.word(0x104).expect("a word"), 0x4770_bf00);
        assert!(program.bytes(0x0fe, 4).is_err() && program.bytes(0x11a, 4).is_err());
    }
}
