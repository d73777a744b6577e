//! Which shop is opened: one of the samples, or one that the user wrote.

use std::io;
use std::path::{Path, PathBuf};

use madang_model::shop::{Shop, ShopError};
use miette::Diagnostic;

use crate::failure::{Exit, Exits};
use crate::nearest::{did_you_mean, nearest};

/// The samples, each with its file.
const SAMPLES: [(&str, &str); 3] = [
    ("cafe", include_str!("../../../shops/cafe.toml")),
    ("restaurant", include_str!("../../../shops/restaurant.toml")),
    ("retail", include_str!("../../../shops/retail.toml")),
];

/// The most bytes of a shop's file: a menu of ten thousand items.
const SHOP_BYTES_MAX: u64 = 8 << 20;

/// Why no shop was opened.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ShopChoiceError {
    /// Neither a sample nor a file.
    #[error("there is no sample shop `{name}` and no file of that name")]
    #[diagnostic(help(
        "the samples are cafe, restaurant and retail, or give the path of a shop's .toml{}",
        or_near(name)
    ))]
    NoSuchShop {
        /// What was asked for.
        name: String,
    },
    /// The file cannot be read.
    #[error("the shop's file {} cannot be read", path.display())]
    #[diagnostic(help("check the path, and that the file may be read by this user"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file is larger than a menu can be.
    #[error("the shop's file {} has {bytes} bytes, more than {SHOP_BYTES_MAX}", path.display())]
    #[diagnostic(help("name the shop's .toml; the samples in shops/ show what it looks like"))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// The file says something that cannot be.
    #[error("{} is not a shop", path.display())]
    #[diagnostic(help("mend what is said above; the samples in shops/ show every key"))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: ShopError,
    },
}

impl Exits for ShopChoiceError {
    fn exit(&self) -> Exit {
        match self {
            Self::Unreadable { .. } => Exit::Io,
            _ => Exit::Usage,
        }
    }
}

/// The shop that `name` means.
///
/// # Errors
/// [`ShopChoiceError`] with what to write instead.
pub fn open(name: &str) -> Result<Shop, ShopChoiceError> {
    let path = Path::new(name);
    let text = match SAMPLES.iter().find(|(sample, _)| *sample == name) {
        Some((_, text)) => (*text).to_owned(),
        None if !path.exists() => return Err(ShopChoiceError::NoSuchShop { name: name.into() }),
        None => read(path)?,
    };
    Shop::from_toml(&text).map_err(|source| ShopChoiceError::Wrong {
        path: path.to_owned(),
        source,
    })
}

fn read(path: &Path) -> Result<String, ShopChoiceError> {
    let unreadable = |source| ShopChoiceError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let bytes = path.metadata().map_err(unreadable)?.len();
    if bytes > SHOP_BYTES_MAX {
        let path = path.to_owned();
        return Err(ShopChoiceError::TooLarge { path, bytes });
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

fn or_near(name: &str) -> String {
    did_you_mean(&nearest(name, SAMPLES.map(|(sample, _)| sample)))
}
