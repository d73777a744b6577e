//! Clients made from clients, and addresses (84 to 87).

use madang_outbound::{BadUrl, Base, Method, Origin, Request, RoutePatch, SendErrorKind};

use super::shop::{HOME, OTHER, Shop, reply, short};

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test(start_paused = true)]
async fn ky_84_extending_merges_headers_and_query_and_none_takes_away() {
    let shop = Shop::new(vec![reply(200, "ok")]);
    let parent = shop.client(RoutePatch {
        headers: vec![("X-A".to_owned(), some("1")), ("X-B".to_owned(), some("1"))],
        query: vec![("a".to_owned(), some("1")), ("b".to_owned(), some("1"))],
        ..RoutePatch::default()
    });
    let child = parent
        .extended(RoutePatch {
            headers: vec![
                ("x-a".to_owned(), some("2")),
                ("x-b".to_owned(), None),
                ("x-c".to_owned(), some("3")),
            ],
            query: vec![("a".to_owned(), some("2")), ("b".to_owned(), None)],
            ..RoutePatch::default()
        })
        .unwrap();
    assert!(
        child
            .get("/x?q=0")
            .query("a", "3 4")
            .header("X-C", "9")
            .answer()
            .await
            .is_ok()
    );
    assert!(parent.get("/x").answer().await.is_ok());
    let asked = shop.server.asked();
    assert_eq!(asked[0].line, "GET /x?q=0&a=1&a=2&a=3+4");
    let told = |name| asked[0].header(name);
    assert_eq!(
        (told("x-a"), told("x-b"), told("x-c")),
        (Some("2"), None, Some("9"))
    );
    assert_eq!(asked[1].line, "GET /x?a=1&b=1", "the parent is as it was");
    assert_eq!(asked[1].header("x-b"), Some("1"));
}

/// On a route that begins at `base`, `text` leads to this request line, or is refused.
async fn check(base: Base, text: &str, expected: Result<&str, &str>) {
    let shop = Shop::new(vec![reply(200, "ok")]);
    let client = shop.client(RoutePatch {
        base: Some(base),
        ..RoutePatch::default()
    });
    let result = client.get(text).answer().await;
    match expected {
        Ok(line) => {
            assert!(result.is_ok(), "{text}: {result:?}");
            assert_eq!(shop.server.lines(), [line], "{text}");
        }
        Err(message) => {
            let error = result.unwrap_err();
            let source = std::error::Error::source(&error).map(ToString::to_string);
            assert!(
                source.unwrap_or_default().contains(message),
                "{text}: {error:?}"
            );
            assert_eq!(shop.server.count(), 0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ky_85_a_base_resolves_like_a_page_and_a_prefix_joins_by_text() {
    let url = || Base::Url(format!("{HOME}/v1/shop").parse().unwrap());
    let prefix = || Base::Prefix(format!("{HOME}/v1/shop/"));
    let elsewhere = "list it as `elsewhere`";
    for (base, text, expected) in [
        (url(), "orders", Ok("GET /v1/orders")),
        (url(), "/orders", Ok("GET /orders")),
        (url(), "?a=1", Ok("GET /v1/shop?a=1")),
        (url(), "//other.example.com/x", Err(elsewhere)),
        (url(), "\\\\other.example.com/x", Err(elsewhere)),
        (url(), "http://other.example.com/x", Err(elsewhere)),
        (url(), "http://api.example.com/x", Ok("GET /x")),
        (prefix(), "orders", Ok("GET /v1/shop/orders")),
        (prefix(), "/orders", Ok("GET /v1/shop/orders")),
        (
            prefix(),
            "//other.example.com/x",
            Ok("GET /v1/shop/other.example.com/x"),
        ),
        (prefix(), "http://other.example.com/x", Err(elsewhere)),
        (prefix(), "http://api.example.com:81/x", Err(elsewhere)),
        (prefix(), "http://api.example.com/x", Ok("GET /x")),
        (Base::None, "orders", Err("not an absolute URL")),
    ] {
        check(base, text, expected).await;
    }
    let shop = Shop::new(vec![reply(200, "ok")]);
    let client = shop.client(RoutePatch {
        elsewhere: vec![Origin::parse(OTHER).unwrap()],
        ..RoutePatch::default()
    });
    assert!(client.get(format!("{OTHER}/x")).answer().await.is_ok());
    assert_eq!(
        shop.server.asked()[0].header("host"),
        Some("other.example.com")
    );
}

/// What is ours to know is in `Route` and `Calls`, and what is sent is a `Request`: nothing of the one can be in the other. Shown is
/// that a call with every setting sends what is meant for the server, and nothing else.
#[tokio::test(start_paused = true)]
async fn ky_87_settings_of_the_gateway_never_reach_the_server() {
    let shop = Shop::new(vec![reply(200, "ok")]);
    let client = shop.client(RoutePatch {
        query: vec![("q".to_owned(), some("1"))],
        cache: Some(Some(madang_outbound::CachePolicy::default())),
        hedge: Some(Some(madang_outbound::HedgeSettings::default())),
        ..RoutePatch::default()
    });
    let mut request = Request::new(Method::Get, "/x");
    request.set_header("X-Mine", "1");
    assert!(
        client
            .call(request)
            .with("bag", "secret")
            .answer()
            .await
            .is_ok()
    );
    let asked = &shop.server.asked()[0];
    assert_eq!(asked.line, "GET /x?q=1");
    let mut names: Vec<_> = asked
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["host", "user-agent", "x-mine"]);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_means_two_things_is_refused() {
    let shop = Shop::new(vec![reply(200, "ok")]);
    for text in ["/a b", "/a\tb", "/a\r\nb", " /a"] {
        let error = shop.plain().get(text).answer().await.unwrap_err();
        assert!(
            matches!(
                error.kind(),
                SendErrorKind::BadUrl(BadUrl::Character { .. })
            ),
            "{error:?}"
        );
    }
    let told = short(
        &shop
            .plain()
            .get("http://u:p@api.example.com/")
            .answer()
            .await,
    );
    assert_eq!(told, "the address cannot be called (Refused)");
    assert_eq!(shop.server.count(), 0);
}
