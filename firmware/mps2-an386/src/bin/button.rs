//! A device that learns without a host. QEMU has no buttons that a test could press, nor lamps that
//! it could see: bytes of UART 0 are in their place. Logs go out at UART 1.
//!
//! | byte from the user | does |
//! |---|---|
//! | `0`, `1`, `2` | presses a button |
//! | `?` | asks what the thing before the sensor is |
//! | `!` | holds a button |
//!
//! The device shows `0`, `1`, `2`, or `+` for what is done, and `-` for what is not.
#![no_std]
#![no_main]

use cortex_m::peripheral::SCB;
use cortex_m_rt::entry;
use embedded_io::{Read, Write};
use mps2_an386::Board;
use mps2_an386::uart::Uart;
use static_cell::ConstStaticCell;
use trimpot_firmware::button::{self, Action, CLASSES, Light, Memory, Panel, Sensor};

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory::new());

#[entry]
fn main() -> ! {
    if let Some(board) = Board::take()
        && let Some(memory) = MEMORY.try_take()
    {
        let (mut sensor, mut panel) = (Sensor::new(1), Serial(board.link));
        let area = mps2_an386::areas().store;
        button::run(memory, board.flash, area, &mut sensor, &mut panel);
    }
    SCB::sys_reset()
}

/// Buttons and lamps that are bytes.
struct Serial(Uart);

impl Panel for Serial {
    fn wait(&mut self) -> Option<Action> {
        loop {
            let mut byte = [0];
            let Ok(1) = self.0.read(&mut byte) else { return None };
            let [byte] = byte;
            match byte {
                b'?' => return Some(Action::Ask),
                b'!' => return Some(Action::Hold),
                _ => {
                    let class = u32::from(byte.wrapping_sub(b'0'));
                    if class < CLASSES {
                        return Some(Action::Press(class));
                    }
                }
            }
        }
    }

    fn show(&mut self, light: Light) {
        let byte = match light {
            Light::Class(class) => b'0'.wrapping_add(class as u8),
            Light::Done => b'+',
            Light::Failed => b'-',
        };
        // The port has no errors.
        let Ok(_) = self.0.write(&[byte]);
    }
}
