//! Several inputs as one stream of text.

use std::io::{self, Read};
use std::sync::Arc;

use crate::read::decode::{Decoder, Encoding};
use crate::read::error::{ReadError, ReadErrorKind};
use crate::read::input::Input;
use crate::read::settings::{ReadSettings, Resume};
use crate::read::sniff::SNIFFED_BYTES;
use crate::read::trail::{TRAIL_BYTES, Trail};
use crate::read::unpack::{Unpacked, counted, unpack};
use crate::read::{BLOCK_BYTES, Text, Texts};

/// Inputs one after another, unpacked and decoded.
pub struct Source {
    inputs: Vec<Arc<dyn Input>>,
    settings: ReadSettings,
    /// The input to open next.
    next: usize,
    open: Option<Open>,
    /// Where to go on in the next input.
    resume: Option<Resume>,
    /// Packed bytes of the inputs before the open one.
    passed_bytes: u64,
    /// Read already, to be handed out next.
    waiting: Option<Text>,
    /// To be said when the text before it was handed out.
    failed: Option<ReadError>,
}

struct Open {
    unpacked: Unpacked,
    decoder: Decoder,
    /// Read already, to find out the encoding.
    head: Vec<u8>,
    /// How long its byte order mark is.
    mark_bytes: u64,
    has_ended: bool,
    /// What ended the reading of the head.
    broken: Option<ReadError>,
    text_byte: u64,
}

impl Source {
    /// Inputs to be read from their beginning, or from where a run was stopped. Nothing is opened yet.
    pub fn new(
        inputs: Vec<Arc<dyn Input>>,
        settings: &ReadSettings,
        resume: Option<&Resume>,
    ) -> Self {
        let next = resume.map_or(0, |resume| resume.input as usize);
        Self {
            inputs,
            settings: settings.clone(),
            next,
            open: None,
            resume: resume.cloned(),
            passed_bytes: 0,
            waiting: None,
            failed: None,
        }
    }

    /// How many bytes all inputs have as they are stored, where that can be known before reading.
    pub fn bytes(&self) -> Result<Option<u64>, ReadError> {
        let mut sum = 0;
        for input in &self.inputs {
            match input.bytes()? {
                Some(bytes) => sum += bytes,
                None => return Ok(None),
            }
        }
        Ok(Some(sum))
    }

    fn open_next(&mut self) -> Result<bool, ReadError> {
        if self.resume.is_some() && self.passed_bytes == 0 {
            let before = self.inputs.iter().take(self.next);
            self.passed_bytes = before
                .filter_map(|input| input.bytes().ok().flatten())
                .sum();
        }
        let Some(input) = self.inputs.get(self.next) else {
            return Ok(false);
        };
        self.next += 1;
        self.open = Some(Open::new(input, &self.settings)?);
        Ok(true)
    }

    /// The next text of the open input, which is number `next - 1`.
    fn read(&mut self) -> Result<Text, ReadError> {
        let index = self.next - 1;
        let input = &self.inputs[index];
        let open = self.open.as_mut().expect("an input is open");
        let mut text = open.read(input.name(), index as u32, &mut self.failed)?;
        text.read_bytes += self.passed_bytes;
        Ok(text)
    }

    /// The text from where to go on. The head of the input has been read: what lies between is sought where that can be, else read and dropped.
    fn pass(&mut self, resume: &Resume, head: &Text) -> Result<Option<Text>, ReadError> {
        let mut trail = Trail::default();
        trail.note(head.start, &head.text);
        let head_end = head.start + head.text.len() as u64;
        if resume.byte <= head_end {
            return self.compare(&trail, resume).map(|()| None);
        }
        if head.ends_input {
            return Err(self.changed("it is shorter"));
        }
        let index = self.next - 1;
        let input = Arc::clone(&self.inputs[index]);
        let open = self.open.as_mut().expect("its head was read");
        if open.can_seek(input.as_ref()) && resume.byte > head_end + 2 * TRAIL_BYTES as u64 {
            // Four bytes more, because the first of these may stand in the middle of a character.
            open.seek(&input, resume.byte - TRAIL_BYTES as u64 - 4)?;
        }
        loop {
            let mut text = self.read()?;
            let end = text.start + text.text.len() as u64;
            trail.note(text.start, &text.text);
            if end >= resume.byte && (end > resume.byte || text.ends_input) {
                self.compare(&trail, resume)?;
                let passed = (resume.byte - text.start) as usize;
                if text
                    .text
                    .get(passed)
                    .is_some_and(|byte| is_inside_character(*byte))
                {
                    return Err(self.changed("a row no longer begins where one did"));
                }
                text.text.drain(..passed);
                text.start = resume.byte;
                text.undecodable
                    .retain(|wrong| wrong.span.end > resume.byte);
                return Ok(Some(text));
            }
            if text.ends_input {
                return Err(self.changed("it is shorter"));
            }
        }
    }

    fn compare(&self, trail: &Trail, resume: &Resume) -> Result<(), ReadError> {
        match resume.before.is_empty() || trail.before(resume.byte) == resume.before {
            true => Ok(()),
            false => Err(self.changed("the text before the place to go on from is another")),
        }
    }

    fn changed(&self, what: &'static str) -> ReadError {
        let name = self.inputs[self.next - 1].name();
        ReadError::new(name, ReadErrorKind::Changed { what })
    }

    fn end_input(&mut self) {
        if let Some(open) = self.open.take() {
            self.passed_bytes += open.unpacked.meter.read_bytes();
        }
    }
}

impl Texts for Source {
    fn next(&mut self) -> Result<Option<Text>, ReadError> {
        let text = match self.waiting.take() {
            Some(text) => text,
            None => match self.read_or_open()? {
                Some(text) => text,
                None => return Ok(None),
            },
        };
        if text.ends_input {
            self.end_input();
        }
        Ok(Some(text))
    }

    fn name(&self, input: u32) -> &str {
        self.inputs
            .get(input as usize)
            .map_or("", |input| input.name())
    }
}

impl Source {
    fn read_or_open(&mut self) -> Result<Option<Text>, ReadError> {
        if let Some(error) = self.failed.take() {
            self.end();
            return Err(error);
        }
        if self.open.is_none() && !self.open_next()? {
            return Ok(None);
        }
        let text = self.read()?;
        if let Some(resume) = self.resume.take() {
            // The head goes out as it is, for its header.
            self.waiting = self.pass(&resume, &text)?;
        }
        Ok(Some(text))
    }

    fn end(&mut self) {
        self.next = self.inputs.len();
        self.open = None;
    }
}

impl Open {
    fn new(input: &Arc<dyn Input>, settings: &ReadSettings) -> Result<Self, ReadError> {
        let mut unpacked = unpack(input, settings)?;
        let mut head = Vec::new();
        let (has_ended, broken) = match fill(&mut unpacked.reader, &mut head, SNIFFED_BYTES) {
            Ok(has_ended) => (has_ended, None),
            Err(error) if head.is_empty() => return Err(ReadError::io(input.name(), error)),
            Err(error) => (false, Some(ReadError::io(input.name(), error))),
        };
        let (decoder, mark) = Decoder::new(&head, has_ended, settings.encoding)
            .map_err(|kind| ReadError::new(input.name(), kind))?;
        head.drain(..mark);
        Ok(Self {
            unpacked,
            decoder,
            head,
            mark_bytes: mark as u64,
            has_ended,
            broken,
            text_byte: 0,
        })
    }

    fn read(
        &mut self,
        name: &str,
        input: u32,
        failed: &mut Option<ReadError>,
    ) -> Result<Text, ReadError> {
        let mut block = self.decoder.carried();
        block.append(&mut self.head);
        *failed = self.broken.take();
        if !self.has_ended && failed.is_none() {
            let wanted = self.block_bytes();
            match fill(&mut self.unpacked.reader, &mut block, wanted) {
                Ok(has_ended) => self.has_ended = has_ended,
                // What was read before goes on; the error comes after it.
                Err(error) => *failed = Some(ReadError::io(name, error)),
            }
        }
        let decoded = self.decoder.decode(block, self.has_ended);
        let decoded = decoded.map_err(|kind| ReadError::new(name, kind))?;
        let start = self.text_byte;
        self.text_byte += decoded.text.len() as u64;
        Ok(Text {
            input,
            start,
            text: decoded.text,
            undecodable: decoded.undecodable,
            encoding: self.decoder.encoding(),
            ends_input: self.has_ended,
            read_bytes: self.unpacked.meter.read_bytes(),
        })
    }

    /// Text in other encodings grows when it is decoded.
    fn block_bytes(&self) -> usize {
        match [Encoding::UTF_8, Encoding::OPEN].contains(&self.decoder.encoding()) {
            true => BLOCK_BYTES,
            false => BLOCK_BYTES / 2,
        }
    }

    fn can_seek(&self, input: &dyn Input) -> bool {
        let is_as_stored =
            self.unpacked.packing.is_none() && self.decoder.encoding().keeps_places();
        is_as_stored && input.can_seek()
    }

    /// Goes on at the first character that begins at a byte of the text or after it.
    fn seek(&mut self, input: &Arc<dyn Input>, byte: u64) -> Result<(), ReadError> {
        let stored = byte + self.mark_bytes;
        self.unpacked.reader = counted(input.open_at(stored)?, &self.unpacked.meter, stored);
        let mut head = Vec::new();
        self.has_ended = fill(&mut self.unpacked.reader, &mut head, 4)
            .map_err(|error| ReadError::io(input.name(), error))?;
        let cut = head
            .iter()
            .take_while(|byte| is_inside_character(**byte))
            .count();
        self.text_byte = byte + cut as u64;
        self.decoder = Decoder::at(Encoding::UTF_8, stored + cut as u64, self.text_byte);
        self.head = head.split_off(cut);
        Ok(())
    }
}

fn is_inside_character(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// Reads until there are so many bytes, or to the end, which it says. What was read before an error stays.
fn fill(reader: &mut dyn Read, bytes: &mut Vec<u8>, wanted: usize) -> io::Result<bool> {
    let mut filled = bytes.len();
    bytes.resize(filled.max(wanted), 0);
    let ended = loop {
        if filled == bytes.len() {
            break Ok(false);
        }
        match reader.read(&mut bytes[filled..]) {
            Ok(0) => break Ok(true),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    bytes.truncate(filled);
    ended
}
