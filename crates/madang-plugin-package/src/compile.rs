//! One source file made into plain JavaScript: parsed once, its types taken off, its imports listed.

mod commonjs;
mod requests;

use std::{collections::BTreeSet, path::PathBuf};

use oxc::{
    allocator::Allocator,
    ast::ast::Program,
    codegen::{Codegen, CodegenOptions},
    diagnostics::OxcDiagnostic,
    parser::{Parser, ParserReturn},
    semantic::{Scoping, SemanticBuilder},
    span::SourceType,
    transformer::{TransformOptions, Transformer},
};

pub(crate) use self::commonjs::{BODY_PREFIX, BODY_SUFFIX};
pub(crate) use self::requests::{Request, RequestForm};
use self::{commonjs::CommonJsScan, requests::RequestScan};
use crate::{
    error::{PackageError, PackageErrorKind},
    limits::Limits,
    nesting,
    place::Place,
};

/// What a file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `import` and `export`, or nothing that says otherwise.
    Module,
    /// `require`, `module.exports`.
    CommonJs,
    /// Plain code with neither: may run as a classic script.
    Script,
}

/// How the tsconfig of the package changes what is made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Dialect {
    pub(crate) experimental_decorators: bool,
    pub(crate) decorator_metadata: bool,
    /// TypeScript before ES2022 assigns class fields instead of defining them.
    pub(crate) assigns_class_fields: bool,
}

/// A file made into plain JavaScript.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) kind: Kind,
    pub(crate) code: String,
    /// Present when the code was printed anew; otherwise it is the source, line for line.
    pub(crate) source_map: Option<String>,
    pub(crate) requests: Vec<Request>,
    /// Names that `export` types only and are gone from the code.
    pub(crate) erased: BTreeSet<String>,
    /// Names that the code exports itself; used to follow `export *`.
    pub(crate) exported: BTreeSet<String>,
    /// Names that CommonJS code puts on `exports`, as far as can be seen.
    pub(crate) commonjs_names: BTreeSet<String>,
    /// Requests whose names CommonJS code passes on.
    pub(crate) commonjs_stars: BTreeSet<String>,
}

/// Makes one file. `name` ends as the file does and stands in errors and source maps.
pub(crate) fn compile(
    name: &str,
    text: &str,
    dialect: Dialect,
    limits: &Limits,
) -> Result<Compiled, PackageError> {
    if let Some(offset) = nesting::first_too_deep(text, limits.nesting_max) {
        let kind = PackageErrorKind::NestedTooDeep {
            limit: limits.nesting_max,
        };
        return Err(PackageError::at(
            kind,
            Place::span(name, text, offset, offset + 1),
        ));
    }
    let allocator = Allocator::default();
    let source_type = source_type(name);
    let parsed = parse(&allocator, name, text, source_type)?;
    if source_type.is_typescript() || source_type.is_jsx() {
        print_anew(&allocator, name, text, parsed, dialect)
    } else {
        keep(name, text, parsed)
    }
}

fn source_type(name: &str) -> SourceType {
    let known = SourceType::from_path(name).unwrap_or_default();
    let is_plain = name.ends_with(".js") || name.ends_with(".jsx");
    let is_typescript = name.ends_with(".ts") || name.ends_with(".tsx");
    if is_plain || is_typescript {
        return known.with_unambiguous(true);
    }
    known
}

fn parse<'a>(
    allocator: &'a Allocator,
    name: &str,
    text: &'a str,
    source_type: SourceType,
) -> Result<ParserReturn<'a>, PackageError> {
    let parsed = Parser::new(allocator, text, source_type).parse();
    if let Some(error) = parsed.diagnostics.errors().next() {
        return Err(syntax(name, text, error));
    }
    if parsed.panicked {
        return Err(PackageError::new(PackageErrorKind::Internal {
            reason: format!("the parser gave up on `{name}`"),
        }));
    }
    Ok(parsed)
}

fn syntax(name: &str, text: &str, error: &OxcDiagnostic) -> PackageError {
    let kind = PackageErrorKind::Syntax {
        message: error.message.to_string(),
        help: error.help.as_ref().map(ToString::to_string),
    };
    let label = error.labels.first().map(|label| label.span());
    let place = match label {
        Some(span) => Place::span(name, text, span.start as usize, span.end as usize),
        None => Place::file(name),
    };
    PackageError::at(kind, place)
}

/// JavaScript stays as it is written: faster, and every line and column stays right without a map.
fn keep(name: &str, text: &str, parsed: ParserReturn<'_>) -> Result<Compiled, PackageError> {
    let program = parsed.program;
    let is_module = parsed.module_record.has_module_syntax || name.ends_with(".mjs");
    // Only the meaning of a free `require` or `exports` needs scopes.
    let scoping = (!is_module || text.contains("require")).then(|| {
        SemanticBuilder::new()
            .build(&program)
            .semantic
            .into_scoping()
    });
    let mut compiled = describe(name, &program, scoping.as_ref(), is_module);
    refuse_decorators(name, text, &program)?;
    compiled.code = text.to_owned();
    if compiled.code.starts_with("#!") {
        compiled.code.replace_range(..2, "//");
    }
    Ok(compiled)
}

fn print_anew(
    allocator: &Allocator,
    name: &str,
    text: &str,
    parsed: ParserReturn<'_>,
    dialect: Dialect,
) -> Result<Compiled, PackageError> {
    let mut program = parsed.program;
    if !dialect.experimental_decorators {
        refuse_decorators(name, text, &program)?;
    }
    let types = requests::exported_types(&program);
    let semantic = SemanticBuilder::new()
        .with_excess_capacity(2.0)
        .with_enum_eval(true)
        .with_check_syntax_error(true)
        .build(&program);
    if let Some(error) = semantic.diagnostics.errors().next() {
        return Err(syntax(name, text, error));
    }
    let scoping = semantic.semantic.into_scoping();
    let options = transform_options(dialect);
    let transformed = Transformer::new(allocator, name.as_ref(), &options)
        .build_with_scoping(scoping, &mut program);
    if let Some(error) = transformed.diagnostics.errors().next() {
        return Err(syntax(name, text, error));
    }
    let is_module = parsed.module_record.has_module_syntax || name.ends_with(".mts");
    let scoping = text.contains("require") || text.contains("exports");
    let scoping = scoping.then_some(&transformed.scoping);
    let mut compiled = describe(name, &program, scoping, is_module);
    compiled.erased = types.difference(&compiled.exported).cloned().collect();
    let printed = Codegen::new()
        .with_options(CodegenOptions {
            source_map_path: Some(PathBuf::from(name)),
            ..CodegenOptions::default()
        })
        .build(&program);
    compiled.code = printed.code;
    compiled.source_map = printed.map.map(|map| map.to_json_string());
    Ok(compiled)
}

fn transform_options(dialect: Dialect) -> TransformOptions {
    let mut options = TransformOptions::default();
    options.decorator.legacy = dialect.experimental_decorators;
    options.decorator.emit_decorator_metadata = dialect.decorator_metadata;
    options.typescript.remove_class_fields_without_initializer = dialect.assigns_class_fields;
    options.assumptions.set_public_class_fields = dialect.assigns_class_fields;
    options
}

fn describe(
    name: &str,
    program: &Program<'_>,
    scoping: Option<&Scoping>,
    is_module: bool,
) -> Compiled {
    let requests = RequestScan::new(scoping).scan(program);
    let commonjs = match (is_module, scoping) {
        (false, Some(scoping)) => CommonJsScan::new(scoping).scan(program),
        _ => CommonJsScan::default(),
    };
    let is_commonjs_name = name.ends_with(".cjs") || name.ends_with(".cts");
    let kind = match is_module {
        true => Kind::Module,
        false if is_commonjs_name || commonjs.is_commonjs => Kind::CommonJs,
        false => Kind::Script,
    };
    Compiled {
        kind,
        code: String::new(),
        source_map: None,
        requests: requests.requests,
        erased: BTreeSet::new(),
        exported: requests.exported,
        commonjs_names: commonjs.names,
        commonjs_stars: commonjs.stars,
    }
}

/// The engine does not know decorators, so they are only possible in the form that is compiled away.
fn refuse_decorators(name: &str, text: &str, program: &Program<'_>) -> Result<(), PackageError> {
    match text
        .contains('@')
        .then(|| requests::first_decorator(program))
    {
        Some(Some(span)) => Err(PackageError::at(
            PackageErrorKind::DecoratorsOff,
            Place::span(name, text, span.start as usize, span.end as usize),
        )),
        _ => Ok(()),
    }
}
