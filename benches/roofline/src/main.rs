//! What this machine can do, and how much of it each kernel gets: `cargo xtask roofline`.

mod costs;
mod kernels;
mod limits;
mod page;
mod plot;
mod ports;
mod slices;
mod timer;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};

use limits::Limits;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).context("usage: FOLDER")?;
    fs::create_dir_all(&folder)?;
    println!("measuring the machine");
    let limits = Limits::measure();
    println!("measuring the kernels");
    let mut kernels = kernels::measure()?;
    slices::measure(&mut kernels);
    let shares = page::shares(&kernels, &limits);
    fs::write(
        folder.join("roofline.md"),
        page::page(&limits, &shares) + &page::ports(&limits, &kernels),
    )?;
    let plot = folder.join("roofline.svg");
    plot::draw(&plot, &limits, &shares).map_err(|error| anyhow!("the plot: {error}"))?;

    println!("{}", page::page(&limits, &shares[..shares.len().min(10)]));
    println!("{}", page::ports(&limits, &kernels));
    println!("written: all {} kernels, to {}", shares.len(), folder.display());
    Ok(())
}
