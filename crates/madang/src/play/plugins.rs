//! Settings, buttons and toasts of plugins.

use serde_json::Map;

use super::{Player, Said, StepError};
use crate::failure::chain;
use crate::nearest::{did_you_mean, nearest};

impl Player {
    pub(super) async fn set(
        &mut self,
        plugin: Option<&str>,
        setting: &str,
        value: &str,
    ) -> Result<String, StepError> {
        let plugin = self.plugin_with(plugin, setting).await?;
        let settings = self.stage.host.settings(&plugin).map_err(not_done)?;
        let input = settings
            .input(setting)
            .ok_or_else(|| self.no_setting(Some(&plugin), setting))?;
        let value = input.value_from_text(value).map_err(|bad| {
            StepError::Refused(Said {
                ko: bad.korean(),
                en: bad.to_string(),
            })
        })?;
        let values = Map::from_iter([(setting.to_owned(), value)]);
        self.stage
            .host
            .set_settings(&plugin, &values)
            .await
            .map_err(not_done)?;
        Ok(format!("{plugin}: {setting} is set"))
    }

    pub(super) async fn press_setting(
        &mut self,
        plugin: Option<&str>,
        setting: &str,
    ) -> Result<String, StepError> {
        let plugin = self.plugin_with(plugin, setting).await?;
        self.stage
            .host
            .press_button(&plugin, setting)
            .map_err(not_done)?;
        Ok(format!("{plugin}: {setting} is pressed"))
    }

    pub(super) async fn press_toast(&mut self, text: &str) -> Result<String, StepError> {
        self.rest().await;
        let toasts = self.stage.host.toasts();
        let with_button = toasts.iter().rev().find(|toast| {
            toast
                .button
                .as_ref()
                .is_some_and(|button| button.text.contains(text))
        });
        let toast = with_button
            .ok_or_else(|| StepError::Failed(format!("no toast has a button “{text}”")))?;
        self.stage
            .host
            .press_toast_button(toast.id)
            .map_err(not_done)?;
        Ok(format!("{}: the toast is gone", toast.plugin))
    }

    /// On a running till the plugins start again; `run` starts the till again as well, before this player.
    pub(super) fn restart_plugins(&mut self) -> Result<String, StepError> {
        let plugins = self.stage.host.plugins();
        for plugin in &plugins {
            self.stage.host.restart(&plugin.name).map_err(not_done)?;
        }
        Ok(format!("{} plugins start again", plugins.len()))
    }

    /// The plugin that is named, or the only one there is.
    pub(super) fn only_plugin(&self, named: Option<&str>) -> Result<String, StepError> {
        if let Some(name) = named {
            return self.installed(name);
        }
        let plugins = self.stage.host.plugins();
        match plugins.as_slice() {
            [plugin] => Ok(plugin.name.clone()),
            [] => Err(StepError::Failed("no plugin is there".into())),
            several => {
                let names: Vec<_> = several.iter().map(|plugin| plugin.name.as_str()).collect();
                let names = names.join(", ");
                Err(StepError::Failed(format!("say which plugin: {names}")))
            }
        }
    }

    fn installed(&self, name: &str) -> Result<String, StepError> {
        let plugins = self.stage.host.plugins();
        match plugins.iter().any(|plugin| plugin.name == name) {
            true => Ok(name.to_owned()),
            false => Err(StepError::Failed(self.no_plugin(name))),
        }
    }

    /// The plugin that is named, or the one whose form has that field. A plugin declares its form after it has started.
    async fn plugin_with(&self, named: Option<&str>, setting: &str) -> Result<String, StepError> {
        self.rest().await;
        if let Some(name) = named {
            return self.installed(name);
        }
        let host = &self.stage.host;
        let names: Vec<_> = host
            .plugins()
            .into_iter()
            .map(|plugin| plugin.name)
            .filter(|name| {
                host.settings(name)
                    .is_ok_and(|settings| settings.input(setting).is_some())
            })
            .collect();
        match names.as_slice() {
            [name] => Ok(name.clone()),
            [] => Err(self.no_setting(None, setting)),
            several => Err(StepError::Failed(format!(
                "{} have a setting `{setting}`; write the plugin's name before it",
                several.join(" and ")
            ))),
        }
    }

    /// That a plugin, or every plugin, has no such setting; with those that are there and near.
    fn no_setting(&self, plugin: Option<&str>, setting: &str) -> StepError {
        let host = &self.stage.host;
        let plugins = host.plugins();
        let known: Vec<_> = plugins
            .iter()
            .filter(|known| plugin.is_none_or(|name| name == known.name))
            .filter_map(|known| host.settings(&known.name).ok())
            .flat_map(|settings| settings.inputs)
            .collect();
        let near = nearest(setting, known.iter().map(|input| input.id.as_str()));
        let hint = did_you_mean(&near);
        let plugin = plugin.unwrap_or("any plugin");
        StepError::Failed(format!("the form of {plugin} has no `{setting}`{hint}"))
    }

    pub(super) fn no_plugin(&self, name: &str) -> String {
        let plugins = self.stage.host.plugins();
        let near = nearest(name, plugins.iter().map(|plugin| plugin.name.as_str()));
        format!("there is no plugin `{name}`{}", did_you_mean(&near))
    }
}

fn not_done(error: impl std::error::Error) -> StepError {
    let said = chain(&error);
    StepError::Refused(Said {
        ko: said.clone(),
        en: said,
    })
}
