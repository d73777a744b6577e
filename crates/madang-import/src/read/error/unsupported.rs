//! Files that are known and not read.

use std::fmt;

/// What is known by its first bytes, and not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words stand beside the names and say more")]
pub enum Unsupported {
    Xlsx,
    Xls,
    Pdf,
    Parquet,
    ParquetBrotli,
    ParquetLzo,
    Bzip2,
    Xz,
    SevenZip,
    Rar,
    Tar,
    Html,
    Xml,
    JsonArray,
    Utf32,
}

const SAVE_AS_CSV: &str = "save it as CSV (CSV UTF-8 where there is a choice)";
const SAVE_AS_CSV_KO: &str = "CSV로 저장해 주세요(고를 수 있으면 CSV UTF-8)";
const SPREADSHEET: &str = "open it in a spreadsheet and save it as CSV";
const SPREADSHEET_KO: &str = "엑셀에서 열어 CSV로 저장해 주세요";
const PACK: &str = "unpack it, or pack it by gzip or zstd";
const PACK_KO: &str = "압축을 풀거나 gzip, zstd로 묶어 주세요";
const PACK_PAGES: &str =
    "write it with zstd, snappy or gzip, as pandas does by `to_parquet(…, compression=\"zstd\")`";
const PACK_PAGES_KO: &str = "zstd, snappy, gzip 가운데 하나로 저장해 주세요(pandas는 `to_parquet(…, compression=\"zstd\")`)";
const ZIP: &str = "unpack it, or make a zip archive";
const ZIP_KO: &str = "압축을 풀거나 zip으로 묶어 주세요";

impl Unsupported {
    /// What it is and what to do instead, in English and in Korean.
    fn words(self) -> [&'static str; 4] {
        match self {
            Self::Xlsx => [
                "an Excel workbook (.xlsx)",
                SAVE_AS_CSV,
                "엑셀 파일(.xlsx)이에요",
                SAVE_AS_CSV_KO,
            ],
            Self::Xls => [
                "an Excel workbook (.xls)",
                SAVE_AS_CSV,
                "엑셀 파일(.xls)이에요",
                SAVE_AS_CSV_KO,
            ],
            Self::Pdf => [
                "a PDF",
                "ask for the table as CSV",
                "PDF 파일이에요",
                "CSV로 된 표를 받아 주세요",
            ],
            Self::Parquet => [
                "a Parquet file",
                "Parquet is read from its end: name it as a file, not packed and not as standard input",
                "Parquet 파일이에요",
                "묶지 않은 파일로 madang import에 주세요",
            ],
            Self::ParquetBrotli => [
                "a Parquet file packed by Brotli",
                PACK_PAGES,
                "Brotli로 묶은 Parquet 파일이에요",
                PACK_PAGES_KO,
            ],
            Self::ParquetLzo => [
                "a Parquet file packed by LZO",
                PACK_PAGES,
                "LZO로 묶은 Parquet 파일이에요",
                PACK_PAGES_KO,
            ],
            Self::Bzip2 => ["packed by bzip2", PACK, "bzip2로 묶은 파일이에요", PACK_KO],
            Self::Xz => ["packed by xz", PACK, "xz로 묶은 파일이에요", PACK_KO],
            Self::SevenZip => ["a 7z archive", ZIP, "7z 파일이에요", ZIP_KO],
            Self::Rar => ["a RAR archive", ZIP, "RAR 파일이에요", ZIP_KO],
            Self::Tar => [
                "a tar archive",
                "unpack it",
                "tar 파일이에요",
                "풀어서 넣어 주세요",
            ],
            Self::Html => ["an HTML page", SPREADSHEET, "웹 페이지예요", SPREADSHEET_KO],
            Self::Xml => ["XML", SPREADSHEET, "XML 파일이에요", SPREADSHEET_KO],
            Self::JsonArray => [
                "one JSON array",
                "write an object a line (JSON Lines), as `jq -c '.[]'` does",
                "JSON 배열이에요",
                "한 줄에 객체 하나씩(JSON Lines) 써 주세요",
            ],
            Self::Utf32 => [
                "UTF-32",
                "save it as UTF-8",
                "UTF-32로 된 파일이에요",
                "UTF-8로 저장해 주세요",
            ],
        }
    }

    /// What it is and what to do, in Korean.
    pub fn korean(self) -> String {
        let [_, _, what, instead] = self.words();
        format!("{what}. {instead}")
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [what, instead, ..] = self.words();
        write!(formatter, "{what}: {instead}")
    }
}
