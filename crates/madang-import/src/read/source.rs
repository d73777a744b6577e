//! Several inputs as one stream of text.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;

use crate::read::decode::{Decoder, Encoding};
use crate::read::digest::{Before, Digest};
use crate::read::error::{ReadError, ReadErrorKind};
use crate::read::input::Input;
use crate::read::settings::{ReadSettings, Resume};
use crate::read::sniff::SNIFFED_BYTES;
use crate::read::unpack::{Unpacked, counted, unpack};
use crate::read::watch::Watch;
use crate::read::{BLOCK_BYTES, Text, Texts};

/// Inputs one after another, unpacked and decoded.
pub struct Source {
    inputs: Vec<Arc<dyn Input>>,
    settings: ReadSettings,
    /// The input to open next.
    next: usize,
    open: Option<Open>,
    /// Where to go on, until that was reached.
    resume: Option<Resume>,
    /// Of all that was read.
    digest: Option<Digest>,
    /// What is still to be compared.
    before: Option<Before>,
    on_read: Option<OnRead>,
    /// Packed bytes of the inputs before the open one.
    passed_bytes: u64,
    /// Read already, to be handed out next.
    waiting: VecDeque<Text>,
    /// To be said when the text before it was handed out.
    failed: Option<ReadError>,
}

/// Told how many packed bytes were read, while what is read is passed over.
pub type OnRead = Arc<dyn Fn(u64) + Send + Sync>;

struct Open {
    /// Sees whether somebody writes to the input.
    watch: Watch,
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
            digest: None,
            before: None,
            on_read: None,
            passed_bytes: 0,
            waiting: VecDeque::new(),
            failed: None,
        }
    }

    /// Each piece of text says what stands for all up to its end, so that all has to be read: nothing is sought over.
    #[must_use]
    pub fn hashed(mut self) -> Self {
        self.digest = Some(Digest::default());
        self.next = 0;
        self
    }

    /// The same, and nothing behind the place to go on from is handed out before everything up to there was found to be what it was.
    #[must_use]
    pub fn compared_with(mut self, before: Before) -> Self {
        self.before = Some(before);
        self.hashed()
    }

    /// Tells how far it has read while it hands nothing out.
    #[must_use]
    pub fn watched(mut self, on_read: OnRead) -> Self {
        self.on_read = Some(on_read);
        self
    }

    /// How many bytes all inputs have as they are stored, where that can be known before reading, and what was read of them will be.
    pub fn bytes(&self) -> Result<Option<u64>, ReadError> {
        let mut sum = 0;
        for input in &self.inputs {
            match input.bytes()? {
                Some(bytes) if input.format().is_none() => sum += bytes,
                Some(bytes) if input.bytes_stood_for().is_some() => sum += bytes,
                _ => return Ok(None),
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
        // What is compared piece by piece the next time has to come in the same pieces: the one that broke off is none.
        if self.digest.is_some()
            && !input.can_seek()
            && let Some(error) = self.failed.take()
        {
            self.end();
            return Err(error);
        }
        let has_ended = self.digest.is_some() && text.ends_input;
        if has_ended && let Some(what) = open.watch.seen(input.as_ref())? {
            let error = ReadError::new(input.name(), ReadErrorKind::Written { what });
            self.end();
            return Err(error);
        }
        let read_bytes = input.bytes_stood_for().unwrap_or(text.read_bytes);
        text.read_bytes = self.passed_bytes + read_bytes;
        self.note(&mut text)?;
        if text.ends_input {
            self.open = None;
            self.passed_bytes += read_bytes;
        }
        Ok(text)
    }

    fn note(&mut self, text: &mut Text) -> Result<(), ReadError> {
        let before = self.before.take_if(|before| before.ends_in(text));
        let is_behind = |before: &Before| text.ends_input && before.input <= text.input;
        if self.before.as_ref().is_some_and(is_behind) {
            return Err(self.changed("it is shorter"));
        }
        let Some(digest) = &mut self.digest else {
            return Ok(());
        };
        let compared = before.as_ref().map_or(0, |before| {
            before.digest_byte.saturating_sub(text.start) as usize
        });
        digest.note(text.input, &text.text[..compared]);
        if before.is_some_and(|before| !before.is(digest)) {
            return Err(self.changed("the text before the place to go on from is another"));
        }
        digest.note(text.input, &text.text[compared..]);
        text.digest = Some(digest.now());
        Ok(())
    }

    /// The text from where to go on. The head of the input has been read: what lies between is sought where that can be, else read and dropped.
    fn pass(&mut self, resume: &Resume, head: &Text) -> Result<Option<Text>, ReadError> {
        if resume.byte <= head.end() {
            return Ok(None);
        }
        if head.ends_input {
            return Err(self.changed("it is shorter"));
        }
        let input = Arc::clone(&self.inputs[self.next - 1]);
        let open = self.open.as_mut().expect("its head was read");
        let is_far = resume.byte > head.end() + BLOCK_BYTES as u64;
        if self.digest.is_none() && is_far && open.can_seek(input.as_ref()) {
            open.seek(&input, resume.byte)?;
        }
        loop {
            let mut text = self.read()?;
            let end = text.end();
            if end >= resume.byte && (end > resume.byte || text.ends_input) {
                let passed = resume
                    .byte
                    .checked_sub(text.start)
                    .map(|passed| passed as usize);
                let is_inside = |passed: usize| {
                    let first = text.text.get(passed);
                    first.is_some_and(|byte| is_inside_character(*byte))
                };
                let Some(passed) = passed.filter(|passed| !is_inside(*passed)) else {
                    return Err(self.changed("a row no longer begins where one did"));
                };
                text.text.drain(..passed);
                text.start = resume.byte;
                text.undecodable
                    .retain(|wrong| wrong.span.end > resume.byte);
                return Ok(Some(text));
            }
            if text.ends_input {
                return Err(self.changed("it is shorter"));
            }
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            self.tell(&text);
        }
    }

    fn tell(&self, text: &Text) {
        if let Some(on_read) = &self.on_read {
            on_read(text.read_bytes);
        }
    }

    fn changed(&self, what: &'static str) -> ReadError {
        let name = self.inputs[self.next - 1].name();
        ReadError::new(name, ReadErrorKind::Changed { what })
    }
}

impl Texts for Source {
    fn next(&mut self) -> Result<Option<Text>, ReadError> {
        if self.waiting.is_empty() {
            self.read_on()?;
        }
        while let (Some(before), Some(last)) = (&self.before, self.waiting.back())
            && before.is_passed_by(last)
        {
            self.tell(last);
            self.read_on()?;
        }
        Ok(self.waiting.pop_front())
    }

    fn name(&self, input: u32) -> &str {
        self.inputs
            .get(input as usize)
            .map_or("", |input| input.name())
    }
}

impl Source {
    /// Reads some more, unless there is nothing.
    fn read_on(&mut self) -> Result<(), ReadError> {
        loop {
            if let Some(error) = self.failed.take() {
                self.end();
                return Err(error);
            }
            if self.open.is_none() && !self.open_next()? {
                return Ok(());
            }
            let text = self.read()?;
            let Some(resume) = self.resume.take_if(|resume| resume.input == text.input) else {
                if self.resume.is_some() {
                    // An input before it, which is only compared.
                    self.tell(&text);
                    continue;
                }
                self.waiting.push_back(text);
                return Ok(());
            };
            let rest = self.pass(&resume, &text)?;
            // The head goes out as it is, for its header.
            self.waiting.push_back(text);
            self.waiting.extend(rest);
            return Ok(());
        }
    }

    fn end(&mut self) {
        self.next = self.inputs.len();
        self.open = None;
    }
}

impl Open {
    fn new(input: &Arc<dyn Input>, settings: &ReadSettings) -> Result<Self, ReadError> {
        let watch = Watch::begin(input.as_ref())?;
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
            watch,
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
            digest: None,
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
