//! New rows as text: read as the project's own sources are written where that fits, else as they look.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::{Context, ingest};
use super::Format;
use crate::data::sources::{self, Batches, CsvOptions, FileFormat, FileOptions, dialect};
use crate::data::{Kind, Table, Tidy, Values};
use crate::error::{Error, Result};
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
    if !is_json && !options.csv.header {
        refuse_header(&table, package, &input.shown)?;
    }
    Ok((table, if is_json { Format::JsonLines } else { Format::Csv }))
}

/// Refuses a header where the project's table has none: texts in the first row wherever there must be numbers.
fn refuse_header(table: &Table, package: &ModelPackage, shown: &str) -> Result<()> {
    let typing = &package.info.recipe.typing;
    let first = |name: &str| match table.column(name).map(|column| &column.values) {
        Some(Values::Text(texts)) => texts.get(0),
        _ => None,
    };
    let numbers = typing.columns.iter().filter(|c| matches!(c.kind, Kind::Number | Kind::Integer));
    let found: Vec<&str> = numbers.filter_map(|column| first(&column.name)).collect();
    let tidy = Tidy::new(typing, "");
    if found.is_empty() || found.iter().any(|text| tidy.value(text).is_none_or(|text| tidy.number(text).is_some())) {
        return Ok(());
    }
    let names = typing.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
    Err(Error::data(format!(
        "`{shown}`: the first row looks like a header, with `{}` where numbers must be, and the project's table has none",
        found[0]
    ))
    .hint(format!("take that line away, or let it name the columns as configs/config.yaml does: {names}")))
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
    /// The sources that are CSV.
    sources: Vec<Own>,
    target: &'a str,
    /// Columns that the model cannot do without.
    required: Vec<&'a str>,
    /// All columns it has heard of.
    known: Vec<&'a str>,
}

/// A source of the project.
struct Own {
    /// How it is written.
    options: FileOptions,
    /// Its first file.
    file: Option<PathBuf>,
    /// The first row of that file, where other names stand in its place.
    header: Option<Vec<String>>,
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
            sources.push(Own::new(options, ingest::first_file_of(ctx, source)));
        }
        let columns = &package.info.recipe.typing.columns;
        let target = package.info.target.column.as_str();
        let known = columns.iter().map(|c| c.name.as_str()).chain([target]).collect();
        Self { input, sources, target, required: package.info.needs(), known }
    }

    fn options(&self) -> FileOptions {
        let mut partial = None;
        let layouts = self.sources.iter().flat_map(|source| self.layouts(source));
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
        let own = self.sources.first().map_or_else(FileOptions::default, |source| plain(&source.options));
        let is_several = |layout: &FileOptions| self.input.first_row(layout).is_some_and(|first| first.len() > 1);
        let other = || self.input.detect().filter(is_several);
        let last = if is_several(&own) { None } else { other() };
        with_header(&last.unwrap_or(own))
    }

    /// How a source is written, with and without the lines before its rows.
    fn layouts(&self, source: &Own) -> Vec<FileOptions> {
        let (own, plain) = (source.options.clone(), plain(&source.options));
        if own.csv.skip_lines == 0 && own.member.is_none() {
            return vec![plain];
        }
        // Without a header, only the lines themselves tell whether they are there.
        let begins_alike = || {
            let first = source.first_row(&plain);
            first.is_some() && first == self.input.first_row(&plain)
        };
        if own.csv.header || begins_alike() { vec![own, plain] } else { vec![plain, own] }
    }

    fn fit(&self, layout: &FileOptions) -> Option<Fit> {
        let first = self.input.first_row(layout)?;
        if let Some(names) = self.sources.iter().find_map(|source| source.names_of_header(&first, self.target)) {
            return Some(Fit::Whole(with_names(layout, true, names)));
        }
        let repaired = self.sources.iter().find_map(|source| source.repaired(&first));
        let header = match &repaired {
            Some(names) => with_names(layout, true, names.clone()),
            None => with_header(layout),
        };
        let names = repaired.unwrap_or(first.clone());
        let has = |name: &&str| names.iter().any(|field| field == name);
        if !self.required.is_empty() && self.required.iter().all(has) {
            return Some(Fit::Whole(header));
        }
        if let Some(options) = self.sources.iter().find_map(|source| self.headerless(layout, source, &first)) {
            return Some(Fit::Whole(options));
        }
        self.known.iter().any(has).then_some(Fit::Partial(header))
    }

    /// The layout with the names of a source without a header, unless the first row holds one of them. The target
    /// may be absent.
    fn headerless(&self, layout: &FileOptions, source: &Own, first: &[String]) -> Option<FileOptions> {
        let names = source.options.csv.names.as_ref().filter(|_| !source.options.csv.header)?;
        let without_target: Vec<String> = names.iter().filter(|name| *name != self.target).cloned().collect();
        let fits = |names: &&Vec<String>| names.len() == first.len() || names.len() == without_end(first).len();
        let names = [names, &without_target].into_iter().find(fits)?;
        if first.iter().any(|field| names.contains(field)) {
            return None;
        }
        let options = with_names(layout, false, names.clone());
        // Lines that happen to be as long as a row are followed by others that are not.
        let is_readable = self.input.read(&options, &Silent).is_ok_and(|mut batches| batches.next().is_ok());
        is_readable.then_some(options)
    }
}

impl Own {
    fn new(options: FileOptions, file: Option<PathBuf>) -> Self {
        let mut own = Self { options, file, header: None };
        if own.options.csv.header && own.options.csv.names.is_some() {
            own.header = own.first_row(&own.options);
        }
        own
    }

    fn first_row(&self, options: &FileOptions) -> Option<Vec<String>> {
        let file = self.file.as_ref()?;
        sources::first_row(file, &file.display().to_string(), options).ok()
    }

    /// The names that stand in place of this very header, which may lack the target.
    fn names_of_header(&self, first: &[String], target: &str) -> Option<Vec<String>> {
        let (header, names) = (self.header.as_ref()?, self.options.csv.names.as_ref()?);
        let is_alike = |header: &[String]| header == first || without_end(header) == without_end(first);
        // A column that only a delimiter at the end of each line begins may be absent.
        let as_many = |names: &[String]| names.iter().take(first.len()).cloned().collect::<Vec<_>>();
        if is_alike(header) {
            return Some(as_many(names));
        }
        let rest = |of: &[String]| -> Vec<String> {
            let kept = names.iter().map(|name| name != target).chain(std::iter::repeat(true));
            of.iter().zip(kept).filter(|(_, kept)| *kept).map(|(field, _)| field.clone()).collect()
        };
        is_alike(&rest(header)).then(|| as_many(&rest(names)))
    }

    /// The names that `init` gives where a header lacks some or has some twice, if they are those of this source.
    fn repaired(&self, first: &[String]) -> Option<Vec<String>> {
        let names = self.options.csv.names.as_ref().filter(|_| self.options.csv.header)?;
        [first, without_end(first)].into_iter().find_map(|header| {
            let (repaired, changed) = dialect::repaired(header);
            (!changed.is_empty() && repaired.iter().all(|name| names.contains(name))).then_some(repaired)
        })
    }
}

/// The fields but for one that a delimiter at the end of the line begins.
fn without_end(fields: &[String]) -> &[String] {
    match fields {
        [rest @ .., last] if last.is_empty() && !rest.is_empty() => rest,
        all => all,
    }
}

/// A source's way of writing, for a file without anything before its rows.
fn plain(source: &FileOptions) -> FileOptions {
    FileOptions { member: None, csv: CsvOptions { skip_lines: 0, ..source.csv.clone() }, ..source.clone() }
}

fn with_header(layout: &FileOptions) -> FileOptions {
    FileOptions { csv: CsvOptions { header: true, names: None, ..layout.csv.clone() }, ..layout.clone() }
}

fn with_names(layout: &FileOptions, header: bool, names: Vec<String>) -> FileOptions {
    FileOptions { csv: CsvOptions { header, names: Some(names), ..layout.csv.clone() }, ..layout.clone() }
}
