//! New rows as text: read as the project's own sources are written where that fits, else as they look.

use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use super::super::{Context, ingest};
use super::Format;
use crate::data::Table;
use crate::data::sources::{self, Batches, CsvOptions, FileFormat, FileOptions, dialect};
use crate::error::Result;
use crate::event::{Observer, Silent};
use crate::fs;
use crate::package::ModelPackage;

/// Reads rows for a model, from a file or, by the name `-`, from standard input; and how they were written.
///
/// # Errors
/// As for reading a source.
pub fn read(ctx: &Context, path: &Path, package: &ModelPackage) -> Result<(Table, Format)> {
    let input = Input::open(path)?;
    let format = input.format();
    let options = match format {
        FileFormat::Csv => Reader::new(ctx, &input, package).options(),
        other => FileOptions { format: Some(other), ..FileOptions::default() },
    };
    // A number of JSON is that number, however the table writes its own.
    let options = FileOptions { decimal_comma: package.info.recipe.typing.decimal_comma, ..options };
    let table = sources::collect(input.read(&options, ctx.observer)?.as_mut())?;
    let is_json = options.format.unwrap_or(format) == FileFormat::Json;
    Ok((table, if is_json { Format::JsonLines } else { Format::Csv }))
}

/// Where rows come from.
struct Input<'a> {
    shown: String,
    content: Content<'a>,
}

enum Content<'a> {
    File(&'a Path),
    /// What can be read once only.
    Bytes(Arc<[u8]>),
}

impl<'a> Input<'a> {
    fn open(path: &'a Path) -> Result<Self> {
        let mut bytes = Vec::new();
        let mut take = |reader: &mut dyn Read, shown: &str| {
            reader.read_to_end(&mut bytes).map_err(|e| fs::read_error(Path::new(shown), e))
        };
        let mut shown = path.display().to_string();
        if path.as_os_str() == "-" {
            shown = "standard input".to_owned();
            take(&mut std::io::stdin().lock(), &shown)?;
        } else if path.exists() && !path.is_file() {
            take(&mut fs::open(path)?, &shown)?;
        } else {
            return Ok(Self { shown, content: Content::File(path) });
        }
        Ok(Self { shown, content: Content::Bytes(bytes.into()) })
    }

    fn format(&self) -> FileFormat {
        match &self.content {
            Content::File(_) => FileFormat::by_name(&self.shown),
            Content::Bytes(bytes) => match bytes.iter().find(|b| !b.is_ascii_whitespace()) {
                Some(b'{' | b'[') => FileFormat::Json,
                _ => FileFormat::Csv,
            },
        }
    }

    fn read<'o>(&self, options: &FileOptions, observer: &'o dyn Observer) -> Result<Box<dyn Batches + 'o>> {
        match &self.content {
            Content::File(path) => sources::open(path, &self.shown, options, observer),
            Content::Bytes(bytes) => sources::open_reader(reader(bytes), &self.shown, options, observer),
        }
    }

    /// The first row, be it header or data; none where it cannot be read so.
    fn first_row(&self, options: &FileOptions) -> Option<Vec<String>> {
        match &self.content {
            Content::File(path) => sources::first_row(path, &self.shown, options).ok(),
            Content::Bytes(bytes) => sources::first_row_of(reader(bytes), &self.shown, options).ok(),
        }
    }

    fn detect(&self) -> Option<FileOptions> {
        let detected = match &self.content {
            Content::File(path) => dialect::detect(path, &self.shown),
            Content::Bytes(bytes) => dialect::detect_reader(reader(bytes), &self.shown),
        };
        detected.ok().map(|detected| detected.options())
    }
}

fn reader(bytes: &Arc<[u8]>) -> Box<dyn Read> {
    Box::new(Cursor::new(Arc::clone(bytes)))
}

/// Finds out how a CSV is to be read.
struct Reader<'a> {
    input: &'a Input<'a>,
    /// The sources that are CSV, and a file of each.
    sources: Vec<(FileOptions, Option<std::path::PathBuf>)>,
    target: &'a str,
    /// Columns that the model cannot do without.
    required: Vec<&'a str>,
    /// All columns it has heard of.
    known: Vec<&'a str>,
}

/// How well a layout fits.
enum Fit {
    /// The columns are all there.
    Whole(FileOptions),
    /// There is a header, which lacks some.
    Partial(FileOptions),
}

impl<'a> Reader<'a> {
    fn new(ctx: &Context, input: &'a Input<'a>, package: &'a ModelPackage) -> Self {
        let is_stream = matches!(input.content, Content::Bytes(_));
        let mut sources = Vec::new();
        for source in ctx.config.main.sources.iter() {
            let Some(mut options) = ingest::text_options_of(source) else { continue };
            if is_stream {
                (options.csv.encoding, options.member) = (None, None);
            }
            sources.push((options, ingest::first_file_of(ctx, source)));
        }
        let columns = &package.info.recipe.typing.columns;
        let target = package.info.target.column.as_str();
        let known = columns.iter().map(|c| c.name.as_str()).chain([target]).collect();
        Self { input, sources, target, required: package.info.needs(), known }
    }

    fn options(&self) -> FileOptions {
        let mut partial = None;
        let layouts = self.sources.iter().flat_map(|(options, file)| self.layouts(options, file.as_deref()));
        // Looking at all of the file comes last.
        let looked = std::iter::once_with(|| self.input.detect()).flatten();
        for layout in layouts.chain(looked) {
            if layout.format.is_some_and(|format| format != FileFormat::Csv) {
                return layout;
            }
            match self.fit(&layout) {
                Some(Fit::Whole(options)) => return options,
                Some(Fit::Partial(options)) => partial = partial.or(Some(options)),
                None => {}
            }
        }
        if let Some(options) = partial {
            return options;
        }
        // Then reading tells what is wrong: with the columns one by one, if any way of writing gives them.
        let own = self.sources.first().map_or_else(FileOptions::default, |(options, _)| plain(options));
        let is_several = |layout: &FileOptions| self.input.first_row(layout).is_some_and(|first| first.len() > 1);
        let other = || self.input.detect().filter(is_several);
        let last = if is_several(&own) { None } else { other() };
        with_header(&last.unwrap_or(own))
    }

    /// How a source is written, with and without the lines before its rows.
    fn layouts(&self, source: &FileOptions, file: Option<&Path>) -> Vec<FileOptions> {
        let plain = plain(source);
        if source.csv.skip_lines == 0 && source.member.is_none() {
            return vec![plain];
        }
        // Without a header, only the lines themselves tell whether they are there.
        let begins_alike = || {
            let own = file.and_then(|file| sources::first_row(file, &file.display().to_string(), &plain).ok());
            own.is_some() && own == self.input.first_row(&plain)
        };
        if source.csv.header || begins_alike() { vec![source.clone(), plain] } else { vec![plain, source.clone()] }
    }

    fn fit(&self, layout: &FileOptions) -> Option<Fit> {
        let first = self.input.first_row(layout)?;
        let has = |name: &&str| first.iter().any(|field| field == name);
        if !self.required.is_empty() && self.required.iter().all(has) {
            return Some(Fit::Whole(with_header(layout)));
        }
        if let Some(options) = self.sources.iter().find_map(|(source, _)| self.named(layout, source, &first)) {
            return Some(Fit::Whole(options));
        }
        self.known.iter().any(has).then(|| Fit::Partial(with_header(layout)))
    }

    /// The layout with the names of a source, which stand in place of its header or for want of one. The target
    /// may be absent.
    fn named(&self, layout: &FileOptions, source: &FileOptions, first: &[String]) -> Option<FileOptions> {
        let names = source.csv.names.as_ref()?;
        let without_target: Vec<String> = names.iter().filter(|name| *name != self.target).cloned().collect();
        let width = first.len() - usize::from(first.len() > 1 && first.last().is_some_and(String::is_empty));
        let fits = |names: &&Vec<String>| names.len() == first.len() || names.len() == width;
        let names = [names, &without_target].into_iter().find(fits)?;
        let is_in_place = |(at, field): (usize, &String)| match names.iter().position(|name| name == field) {
            // A header of another order is none of these names.
            Some(place) => source.csv.header && place == at,
            None => true,
        };
        if !first.iter().enumerate().all(is_in_place) {
            return None;
        }
        let csv = CsvOptions { header: source.csv.header, names: Some(names.clone()), ..layout.csv.clone() };
        let options = FileOptions { csv, ..layout.clone() };
        // Lines that happen to be as long as a row are followed by others that are not.
        let is_readable = self.input.read(&options, &Silent).is_ok_and(|mut batches| batches.next().is_ok());
        is_readable.then_some(options)
    }
}

/// A source's way of writing, for a file without anything before its rows.
fn plain(source: &FileOptions) -> FileOptions {
    FileOptions { member: None, csv: CsvOptions { skip_lines: 0, ..source.csv.clone() }, ..source.clone() }
}

fn with_header(layout: &FileOptions) -> FileOptions {
    FileOptions { csv: CsvOptions { header: true, names: None, ..layout.csv.clone() }, ..layout.clone() }
}
