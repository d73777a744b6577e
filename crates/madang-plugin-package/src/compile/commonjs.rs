//! What CommonJS code exports, as far as can be seen without running it, and the text around it that makes it a module.

use std::collections::BTreeSet;

use oxc::{
    ast::ast::{
        Argument, AssignmentExpression, AssignmentTarget, CallExpression, Expression,
        IdentifierReference, ObjectExpression, ObjectPropertyKind, Program,
    },
    ast_visit::{Visit, walk},
    semantic::Scoping,
};

/// Before the code. On the same line, so that every line keeps its number. The body runs when it is first required, not when it is
/// imported: that is what makes circles and requires under a condition behave as in Node.
pub(crate) const BODY_PREFIX: &str = "var __madang_cell;export function __madang_require(){if(__madang_cell)return __madang_cell.exports;var cell=__madang_cell={exports:{}};try{__madang_body.call(cell.exports,cell.exports,__madang_load,cell,\"\",\"\")}catch(error){__madang_cell=undefined;throw error}return cell.exports}function __madang_body(exports,require,module,__filename,__dirname){";

/// After the code; on a line of its own because code may end in a comment.
pub(crate) const BODY_SUFFIX: &str = "\n}\n";

/// Looks for `exports.name = …`, `module.exports = {…}`, `Object.defineProperty(exports, "name", …)` and what passes on
/// another module's names.
#[derive(Default)]
pub(super) struct CommonJsScan<'s> {
    scoping: Option<&'s Scoping>,
    pub(super) is_commonjs: bool,
    pub(super) names: BTreeSet<String>,
    pub(super) stars: BTreeSet<String>,
}

impl<'s> CommonJsScan<'s> {
    pub(super) fn new(scoping: &'s Scoping) -> Self {
        Self {
            scoping: Some(scoping),
            ..Self::default()
        }
    }

    pub(super) fn scan(mut self, program: &Program<'_>) -> Self {
        self.visit_program(program);
        self
    }

    fn pass_on(&mut self, expression: &Expression<'_>) {
        if let Expression::CallExpression(call) = expression
            && let Some(source) = call.common_js_require()
        {
            self.stars.insert(source.value.to_string());
        }
    }

    fn add_members(&mut self, object: &ObjectExpression<'_>) {
        for property in &object.properties {
            match property {
                ObjectPropertyKind::ObjectProperty(property) => {
                    let name = property.key.static_name();
                    self.names.extend(name.map(|name| name.into_owned()));
                }
                ObjectPropertyKind::SpreadProperty(spread) => self.pass_on(&spread.argument),
            }
        }
    }
}

impl<'a> Visit<'a> for CommonJsScan<'_> {
    fn visit_identifier_reference(&mut self, identifier: &IdentifierReference<'a>) {
        let is_known = matches!(identifier.name.as_str(), "require" | "exports" | "module");
        let is_free = self
            .scoping
            .zip(identifier.reference_id.get())
            .is_some_and(|(scoping, id)| scoping.get_reference(id).symbol_id().is_none());
        self.is_commonjs |= is_known && is_free;
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        if let AssignmentTarget::StaticMemberExpression(member) = &assignment.left {
            if is_exports(&member.object) {
                self.names.insert(member.property.name.to_string());
            } else if member.object.is_specific_id("module") && member.property.name == "exports" {
                match &assignment.right {
                    Expression::ObjectExpression(object) => self.add_members(object),
                    other => self.pass_on(other),
                }
            }
        }
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        let callee = callee_name(&call.callee);
        let first = call.arguments.first().and_then(Argument::as_expression);
        match (callee, first, call.arguments.get(1)) {
            (Some("defineProperty"), Some(target), Some(Argument::StringLiteral(name)))
                if is_exports(target) =>
            {
                self.names.insert(name.value.to_string());
            }
            (Some("__exportStar" | "__export" | "__reExport"), Some(source), _) => {
                self.pass_on(source);
            }
            _ => {}
        }
        walk::walk_call_expression(self, call);
    }
}

/// `exports` or `module.exports`. A parameter of that name counts as well: wrappers hand it in.
fn is_exports(expression: &Expression<'_>) -> bool {
    match expression {
        Expression::Identifier(identifier) => identifier.name == "exports",
        Expression::StaticMemberExpression(member) => {
            member.object.is_specific_id("module") && member.property.name == "exports"
        }
        _ => false,
    }
}

fn callee_name<'e>(callee: &'e Expression<'_>) -> Option<&'e str> {
    match callee {
        Expression::Identifier(identifier) => Some(identifier.name.as_str()),
        Expression::StaticMemberExpression(member) => Some(member.property.name.as_str()),
        _ => None,
    }
}
