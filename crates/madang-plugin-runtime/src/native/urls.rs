use rquickjs::{Array, Ctx, Function, Object, Result, function::Opt};
use url::{Url, form_urlencoded, quirks};

/// What `URL` and `URLSearchParams` ask of the URL library. The engine keeps the text; nothing lives here.
pub(super) fn register<'js>(ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set(
        "urlParse",
        Function::new(
            ctx.clone(),
            |ctx: Ctx<'js>, text: String, base: Opt<Option<String>>| match parse(
                &text,
                base.0.flatten().as_deref(),
            ) {
                Some(url) => parts(&ctx, &url).map(Some),
                None => Ok(None),
            },
        )?,
    )?;
    native.set(
        "urlSet",
        Function::new(
            ctx.clone(),
            |ctx: Ctx<'js>, href: String, part: String, value: String| {
                let Ok(mut url) = Url::parse(&href) else {
                    return Ok(None);
                };
                set_part(&mut url, &part, &value);
                parts(&ctx, &url).map(Some)
            },
        )?,
    )?;
    native.set(
        "formParse",
        Function::new(ctx.clone(), |text: String| -> Vec<Vec<String>> {
            form_urlencoded::parse(text.as_bytes())
                .map(|(name, value)| vec![name.into_owned(), value.into_owned()])
                .collect()
        })?,
    )?;
    native.set(
        "formWrite",
        Function::new(ctx.clone(), |pairs: Vec<Array<'js>>| form_write(&pairs))?,
    )
}

fn parse(text: &str, base: Option<&str>) -> Option<Url> {
    match base {
        Some(base) => Url::parse(base).ok()?.join(text).ok(),
        None => Url::parse(text).ok(),
    }
}

fn parts<'js>(ctx: &Ctx<'js>, url: &Url) -> Result<Object<'js>> {
    let parts = Object::new(ctx.clone())?;
    parts.set("href", quirks::href(url))?;
    parts.set("origin", quirks::origin(url))?;
    parts.set("protocol", quirks::protocol(url))?;
    parts.set("username", quirks::username(url))?;
    parts.set("password", quirks::password(url))?;
    parts.set("host", quirks::host(url))?;
    parts.set("hostname", quirks::hostname(url))?;
    parts.set("port", quirks::port(url))?;
    parts.set("pathname", quirks::pathname(url))?;
    parts.set("search", quirks::search(url))?;
    parts.set("hash", quirks::hash(url))?;
    Ok(parts)
}

/// A part that cannot be set leaves the URL as it was, as browsers do.
fn set_part(url: &mut Url, part: &str, value: &str) {
    let _ignored = match part {
        "protocol" => quirks::set_protocol(url, value),
        "username" => quirks::set_username(url, value),
        "password" => quirks::set_password(url, value),
        "host" => quirks::set_host(url, value),
        "hostname" => quirks::set_hostname(url, value),
        "port" => quirks::set_port(url, value),
        "pathname" => {
            quirks::set_pathname(url, value);
            Ok(())
        }
        "search" => {
            quirks::set_search(url, value);
            Ok(())
        }
        "hash" => {
            quirks::set_hash(url, value);
            Ok(())
        }
        _ => Ok(()),
    };
}

fn form_write(pairs: &[Array<'_>]) -> Result<String> {
    let mut writer = form_urlencoded::Serializer::new(String::new());
    for pair in pairs {
        writer.append_pair(&pair.get::<String>(0)?, &pair.get::<String>(1)?);
    }
    Ok(writer.finish())
}
