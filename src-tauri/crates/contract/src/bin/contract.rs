//! `cargo run -p waxwing-contract` prints the TypeScript of the contract.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(waxwing_contract::typescript::contract().as_bytes())
}
