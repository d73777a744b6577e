//! Why a file cannot be read, for the page of a shop.

use super::{At, ReadError, ReadErrorKind};
use crate::printable::in_one_line;

impl ReadError {
    /// What is wrong and what to do, in Korean. The name is left out: the page shows it.
    pub fn korean(&self) -> String {
        let said = self.kind.korean();
        match self.at {
            Some(At::Line(line)) => format!("{line}번째 줄: {said}"),
            _ => said,
        }
    }
}

impl ReadErrorKind {
    fn korean(&self) -> String {
        match self {
            Self::NotFound => "파일이 없어요".to_owned(),
            Self::NotAllowed => "파일을 읽을 권한이 없어요".to_owned(),
            Self::Folder => "파일이 아니라 폴더예요".to_owned(),
            Self::LetterDamaged => {
                "처음 모양과 다른 줄이 있어요. 그 줄을 고치거나 빼 주세요".to_owned()
            }
            Self::Changed { .. } => "처음 읽을 때와 파일이 달라졌어요".to_owned(),
            Self::Written { .. } => "읽는 동안 다른 곳에서 파일을 고쳤어요. 쓰기가 끝난 뒤에 다시 가져오거나 복사본을 가져와 주세요".to_owned(),
            Self::Truncated { packing } => {
                format!("{packing} 파일이 중간에 잘렸어요. 다시 받아 주세요")
            }
            Self::Damaged { packing } => format!("{packing} 파일이 손상됐어요. 다시 받아 주세요"),
            Self::Trailing { packing } => format!(
                "{packing} 뒤에 다른 것이 붙어 있어요. 다시 받거나 압축을 풀어서 넣어 주세요"
            ),
            Self::Ratio { .. } | Self::TooLarge { .. } | Self::Window { .. } => {
                "풀면 너무 커요. 압축을 풀어서 넣어 주세요".to_owned()
            }
            Self::PackedTwice => "두 번 묶은 파일이에요. 한 번 풀어서 넣어 주세요".to_owned(),
            Self::WhichEntry { count, .. } => {
                format!("묶음 안에 파일이 {count}개예요. 하나만 꺼내서 넣어 주세요")
            }
            Self::RepeatedEntry => {
                "묶음 안에 이름이 같은 파일이 둘 있어요. 하나만 꺼내서 넣어 주세요".to_owned()
            }
            Self::EmptyArchive => "묶음 안에 파일이 없어요".to_owned(),
            Self::Encrypted { entry } => {
                format!(
                    "암호가 걸린 파일이에요({}). 풀어서 넣어 주세요",
                    in_one_line(entry)
                )
            }
            Self::PackingUnknown { entry, .. } => {
                format!(
                    "모르는 방식으로 묶인 파일이에요({}). 풀어서 넣어 주세요",
                    in_one_line(entry)
                )
            }
            Self::Unsupported(what) => what.korean(),
            Self::EncodingUnknown { byte } => format!(
                "{byte}번째 바이트부터 글자를 알아볼 수 없어요. UTF-8이나 CP949로 저장해 주세요"
            ),
            Self::Empty => "빈 파일이에요. 첫 줄에 열 이름이 있어야 해요".to_owned(),
            Self::NameEmpty { position } => format!("{position}번째 열에 이름이 없어요"),
            Self::NameTwice {
                name,
                first,
                second,
            } => format!(
                "‘{}’ 열이 두 개예요({first}번째, {second}번째). 하나의 이름을 바꿔 주세요",
                in_one_line(name)
            ),
            Self::TitlesAbove { lines } => format!(
                "{}번째 줄이 머리글 같아요. 그 위의 제목 {lines}줄을 건너뛰어 주세요(명령줄에서는 --skip-lines {lines})",
                lines + 1
            ),
            Self::NoTitles => {
                "머리글 위의 제목 줄은 CSV에만 있어요. 건너뛸 줄 수를 빼 주세요".to_owned()
            }
            Self::HeaderUnreadable { .. } => "열 이름이 있는 줄을 읽을 수 없어요".to_owned(),
            Self::ColumnsTooMany { columns_max } => format!("열이 {columns_max}개보다 많아요"),
            Self::HeadersDiffer { other, .. } => {
                format!("{} 파일과 열이 달라요", in_one_line(other))
            }
            _ => "파일을 읽을 수 없어요".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::error::Unsupported;

    #[test]
    fn a_shop_is_told_what_to_do_with_the_file() {
        let check = |kind: ReadErrorKind, at: Option<At>, expected: &str| {
            let mut error = ReadError::new("메뉴.xlsx", kind);
            error.at = at;
            assert_eq!(error.korean(), expected);
        };
        check(
            ReadErrorKind::Unsupported(Unsupported::Xlsx),
            None,
            "엑셀 파일(.xlsx)이에요. CSV로 저장해 주세요(고를 수 있으면 CSV UTF-8)",
        );
        check(
            ReadErrorKind::NameEmpty { position: 3 },
            Some(At::Line(1)),
            "1번째 줄: 3번째 열에 이름이 없어요",
        );
        check(
            ReadErrorKind::Broken,
            Some(At::PackedByte(7)),
            "파일을 읽을 수 없어요",
        );
    }
}
