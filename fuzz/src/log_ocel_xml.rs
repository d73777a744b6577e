//! Any bytes as a log of objects in OCEL 2.0, xml; what was read is written and read again.
#![no_main]

use madang_process::read::{OcelSettings, read_ocel_xml_bytes};
use madang_process::write::write_ocel_xml;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let settings = OcelSettings::default();
    let Ok(read) = read_ocel_xml_bytes(bytes.to_vec(), &settings) else {
        return;
    };
    let mut written = Vec::new();
    if write_ocel_xml(&read.log, &mut written).is_ok() {
        read_ocel_xml_bytes(written, &settings).expect("what is written can be read");
    }
});
