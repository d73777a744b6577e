//! What a file imports and exports.

use std::collections::BTreeSet;

use oxc::{
    ast::ast::{
        CallExpression, ConditionalExpression, Declaration, Decorator, ExportAllDeclaration,
        ExportDeclaration, ExportDefaultDeclaration, ExportFromDeclaration, ExportNamedDeclaration,
        Expression, Function, FunctionBody, IfStatement, ImportDeclaration,
        ImportDeclarationSpecifier, ImportExpression, LogicalExpression, Program, Statement,
        StringLiteral, TryStatement,
    },
    ast_visit::{Visit, walk},
    semantic::Scoping,
    span::Span,
    syntax::scope::ScopeFlags,
};

/// How a file asks for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RequestForm {
    /// `import … from`, `export … from`.
    Import,
    /// `import("…")`: may fail when it is reached, not before.
    Dynamic,
    /// `require("…")` that runs whenever the file does.
    Require,
    /// `require("…")` under a condition, in a function or in `try`: may fail when it is reached, not before.
    LateRequire,
}

/// One file asking for another.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) specifier: String,
    pub(crate) form: RequestForm,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The names wanted from it.
    pub(crate) names: Vec<String>,
    /// `export * from`.
    pub(crate) is_star: bool,
}

/// Finds imports, exports and free `require` calls.
pub(super) struct RequestScan<'s> {
    scoping: Option<&'s Scoping>,
    conditions: usize,
    pub(super) requests: Vec<Request>,
    pub(super) exported: BTreeSet<String>,
}

impl<'s> RequestScan<'s> {
    pub(super) fn new(scoping: Option<&'s Scoping>) -> Self {
        Self {
            scoping,
            conditions: 0,
            requests: Vec::new(),
            exported: BTreeSet::new(),
        }
    }

    pub(super) fn scan(mut self, program: &Program<'_>) -> Self {
        self.visit_program(program);
        self
    }

    fn add(&mut self, source: &StringLiteral<'_>, form: RequestForm) -> &mut Request {
        let index = self.requests.len();
        self.requests.push(Request {
            specifier: source.value.to_string(),
            form,
            start: source.span.start as usize,
            end: source.span.end as usize,
            names: Vec::new(),
            is_star: false,
        });
        &mut self.requests[index]
    }

    fn under_condition(&mut self, walk: impl FnOnce(&mut Self)) {
        self.conditions += 1;
        walk(self);
        self.conditions -= 1;
    }
}

impl<'a> Visit<'a> for RequestScan<'_> {
    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        let names = import
            .specifiers
            .iter()
            .flatten()
            .filter_map(|specifier| match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(named) => {
                    Some(named.imported.name().to_string())
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(_) => Some("default".to_owned()),
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => None,
            })
            .collect();
        self.add(&import.source, RequestForm::Import).names = names;
    }

    fn visit_export_from_declaration(&mut self, export: &ExportFromDeclaration<'a>) {
        let names = export
            .specifiers
            .iter()
            .map(|specifier| specifier.local.name().to_string())
            .collect();
        self.add(&export.source, RequestForm::Import).names = names;
        let exported = export.specifiers.iter();
        self.exported
            .extend(exported.map(|specifier| specifier.exported.name().to_string()));
    }

    fn visit_export_all_declaration(&mut self, export: &ExportAllDeclaration<'a>) {
        let is_star = export.exported.is_none();
        self.add(&export.source, RequestForm::Import).is_star = is_star;
        let name = export.exported.as_ref();
        self.exported
            .extend(name.map(|exported| exported.name().to_string()));
    }

    fn visit_export_named_declaration(&mut self, export: &ExportNamedDeclaration<'a>) {
        let exported = export.specifiers.iter();
        self.exported
            .extend(exported.map(|specifier| specifier.exported.name().to_string()));
    }

    fn visit_export_declaration(&mut self, export: &ExportDeclaration<'a>) {
        self.exported.extend(value_names(&export.declaration));
        walk::walk_export_declaration(self, export);
    }

    fn visit_export_default_declaration(&mut self, export: &ExportDefaultDeclaration<'a>) {
        self.exported.insert("default".to_owned());
        walk::walk_export_default_declaration(self, export);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        if let Expression::StringLiteral(source) = &import.source {
            self.add(source, RequestForm::Dynamic);
        }
        walk::walk_import_expression(self, import);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if let Some((scoping, source)) = self.scoping.zip(call.common_js_require())
            && is_free(scoping, &call.callee)
        {
            let form = match self.conditions {
                0 => RequestForm::Require,
                _ => RequestForm::LateRequire,
            };
            self.add(source, form);
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        self.under_condition(|scan| walk::walk_function(scan, function, flags));
    }

    fn visit_function_body(&mut self, body: &FunctionBody<'a>) {
        self.under_condition(|scan| walk::walk_function_body(scan, body));
    }

    fn visit_if_statement(&mut self, statement: &IfStatement<'a>) {
        self.under_condition(|scan| walk::walk_if_statement(scan, statement));
    }

    fn visit_try_statement(&mut self, statement: &TryStatement<'a>) {
        self.under_condition(|scan| walk::walk_try_statement(scan, statement));
    }

    fn visit_conditional_expression(&mut self, expression: &ConditionalExpression<'a>) {
        self.under_condition(|scan| walk::walk_conditional_expression(scan, expression));
    }

    fn visit_logical_expression(&mut self, expression: &LogicalExpression<'a>) {
        self.under_condition(|scan| walk::walk_logical_expression(scan, expression));
    }
}

/// Whether the name is the global one, not a parameter or variable of the file.
pub(super) fn is_free(scoping: &Scoping, expression: &Expression<'_>) -> bool {
    let Expression::Identifier(identifier) = expression else {
        return false;
    };
    identifier
        .reference_id
        .get()
        .is_none_or(|id| scoping.get_reference(id).symbol_id().is_none())
}

/// Names that the file exports as types only. Asked before types are taken off.
pub(super) fn exported_types(program: &Program<'_>) -> BTreeSet<String> {
    let declared: BTreeSet<String> = program.body.iter().filter_map(declared_type).collect();
    let mut types = BTreeSet::new();
    for statement in &program.body {
        match statement {
            Statement::ExportDeclaration(export) => types.extend(type_name(&export.declaration)),
            Statement::ExportNamedDeclaration(export) => {
                let whole = export.export_kind.is_type();
                let erased = export.specifiers.iter().filter(|specifier| {
                    let local = specifier.local.name();
                    whole || specifier.export_kind.is_type() || declared.contains(local.as_str())
                });
                types.extend(erased.map(|specifier| specifier.exported.name().to_string()));
            }
            Statement::ExportFromDeclaration(export) => {
                let whole = export.export_kind.is_type();
                let erased = export
                    .specifiers
                    .iter()
                    .filter(|specifier| whole || specifier.export_kind.is_type());
                types.extend(erased.map(|specifier| specifier.exported.name().to_string()));
            }
            _ => {}
        }
    }
    types
}

fn declared_type(statement: &Statement<'_>) -> Option<String> {
    match statement {
        Statement::TSInterfaceDeclaration(declaration) => Some(declaration.id.name.to_string()),
        Statement::TSTypeAliasDeclaration(declaration) => Some(declaration.id.name.to_string()),
        _ => None,
    }
}

fn type_name(declaration: &Declaration<'_>) -> Option<String> {
    match declaration {
        Declaration::TSInterfaceDeclaration(declaration) => Some(declaration.id.name.to_string()),
        Declaration::TSTypeAliasDeclaration(declaration) => Some(declaration.id.name.to_string()),
        _ => None,
    }
}

fn value_names(declaration: &Declaration<'_>) -> Vec<String> {
    match declaration {
        Declaration::VariableDeclaration(variables) => variables
            .declarations
            .iter()
            .flat_map(|declarator| declarator.id.get_binding_identifiers())
            .map(|identifier| identifier.name.to_string())
            .collect(),
        Declaration::FunctionDeclaration(function) => {
            function.name().iter().map(ToString::to_string).collect()
        }
        Declaration::ClassDeclaration(class) => {
            class.name().iter().map(ToString::to_string).collect()
        }
        _ => Vec::new(),
    }
}

/// Where the first decorator stands.
pub(super) fn first_decorator(program: &Program<'_>) -> Option<Span> {
    let mut scan = DecoratorScan { first: None };
    scan.visit_program(program);
    scan.first
}

struct DecoratorScan {
    first: Option<Span>,
}

impl<'a> Visit<'a> for DecoratorScan {
    fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
        self.first.get_or_insert(decorator.span);
    }
}
