//! Reads every cell of a file as bytes with the `csv` crate and checks nothing but that rows have as many cells as the header: `csv_read FILE`.

use import_peers::Failure;

fn main() -> Result<(), Failure> {
    let path = std::env::args().nth(1).ok_or("a file is missing")?;
    let mut reader = csv::Reader::from_path(path)?;
    let mut record = csv::ByteRecord::new();
    let (mut rows, mut cell_bytes) = (0_u64, 0_usize);
    while reader.read_byte_record(&mut record)? {
        rows += 1;
        cell_bytes += record.iter().map(<[u8]>::len).sum::<usize>();
    }
    println!("{rows} rows, {cell_bytes} bytes in cells");
    Ok(())
}
