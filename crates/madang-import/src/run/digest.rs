//! What stands for the whole text of some inputs.

use sha2::{Digest as _, Sha256};

use crate::read::Text;
use crate::run::lot::hexadecimal;

/// SHA-256 of the text of each input, and of these in their order, so that no text can move from one input to the next unnoticed.
#[derive(Default)]
pub struct Digest {
    ended: Sha256,
    input: u32,
    text: Sha256,
}

impl Digest {
    /// The next piece of text.
    pub fn note(&mut self, text: &Text) {
        while self.input < text.input {
            self.end_input();
        }
        self.text.update(&text.text);
    }

    /// Nothing comes any more.
    pub fn end(mut self) -> String {
        self.end_input();
        hexadecimal(&self.ended.finalize())
    }

    fn end_input(&mut self) {
        self.ended.update(self.text.finalize_reset());
        self.input += 1;
    }
}
