use std::rc::Rc;

use rquickjs::{
    Ctx, Error, Exception, Module, Result,
    loader::{ImportAttributes, Loader, Resolver},
    module::Declared,
};

use crate::{program::Program, source_map::split_inline};

/// Finds the modules of one program; nothing outside of it can be imported.
#[derive(Clone)]
pub(crate) struct KnownModules(pub(crate) Rc<Program>);

impl Resolver for KnownModules {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        let importer = self.0.modules.get(base);
        let path = importer.and_then(|module| module.imports.get(name));
        match path {
            Some(path) if self.0.modules.contains_key(path) => Ok(path.clone()),
            _ => Err(unknown(ctx, name, base)),
        }
    }
}

impl Loader for KnownModules {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        let module = self
            .0
            .modules
            .get(name)
            .ok_or_else(|| Error::new_loading(name))?;
        Module::declare(ctx.clone(), name, split_inline(&module.source).code)
    }
}

fn unknown(ctx: &Ctx<'_>, name: &str, base: &str) -> Error {
    let message = format!(
        "madang: cannot import '{name}' from {base}: it is not part of the plugin's package"
    );
    Exception::throw_type(ctx, &message)
}
