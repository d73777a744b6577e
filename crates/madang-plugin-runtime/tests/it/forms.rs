//! Forms that mean harm, or are broken: each is refused in words, in one way through its bytes.

use crate::desk::run;

fn check(body: &str, content_type: &str, expected: &str) {
    let source = format!(
        "const part = (name, value = '') => `--b\\r\\nContent-Disposition: form-data; name=\"${{name}}\"\\r\\n\\r\\n${{value}}\\r\\n`;
         new Response({body}, {{ headers: {{ 'content-type': {content_type:?} }} }}).formData().then((form) => postMessage([...form].length), (error) => postMessage(`${{error.name}}: ${{error.message}}`))"
    );
    assert_eq!(run(&source, &[]), [expected], "{body}");
}

#[test]
fn forms_from_outside_are_bounded() {
    let multipart = "multipart/form-data; boundary=b";
    let refused = |why: &str| {
        format!(
            "{:?}",
            format!("TypeError: madang: the form cannot be read: {why}")
        )
    };
    check("part('a').repeat(1000) + '--b--'", multipart, "1000");
    check(
        "part('a').repeat(1001) + '--b--'",
        multipart,
        &refused("it has more than 1000 parts"),
    );
    check(
        "part('x'.repeat(9000)) + '--b--'",
        multipart,
        &refused("a part's head does not end, or has more than 8192 bytes"),
    );
    check(
        "part('a', '\\r\\n--'.repeat(5e5)) + '--b--'",
        multipart,
        "1",
    );
    check(
        "part('a', '\\r\\n--')",
        multipart,
        &refused("its last boundary is missing"),
    );
    check(
        "'--bc'",
        multipart,
        &refused("something follows a boundary in its line"),
    );
    check(
        "'--b\\r\\nno header\\r\\n\\r\\n'",
        multipart,
        &refused("a part has a line in its head that is no header"),
    );
    check(
        "'--b\\r\\nContent-Disposition: attachment; name=\"a\"\\r\\n\\r\\n'",
        multipart,
        &refused("a part is not form-data"),
    );
    let boundary = refused("its type names no boundary");
    check("''", "multipart/form-data", &boundary);
    check("''", "multipart/form-data; boundary=", &boundary);
    check("''", "multipart/form-data; boundary=\"a\\tb\"", &boundary);
    let long = format!("multipart/form-data; boundary={}", "b".repeat(71));
    check("''", &long, &boundary);
}

/// The type of a blob is a line of the form that it is sent in.
#[test]
fn a_type_that_would_end_its_line_is_none() {
    let evil = "text/plain\\r\\nContent-Disposition: form-data; name=\\\"admin\\\"\\r\\n\\r\\ntrue";
    for (made, expected) in [
        (format!("new Blob(['x'], {{ type: '{evil}' }})"), ""),
        (format!("new File(['x'], 'a', {{ type: '{evil}' }})"), ""),
        (format!("new Blob(['x']).slice(0, 1, '{evil}')"), ""),
        ("new Blob([], { type: 'text/한글' })".to_owned(), ""),
        ("new Blob([], { type: 'a\\tb' })".to_owned(), ""),
        ("new Blob([], { type: 'a\\x7fb' })".to_owned(), ""),
        (
            "new Blob([], { type: 'Text/Plain; charset=UTF-8' })".to_owned(),
            "text/plain; charset=utf-8",
        ),
    ] {
        let source = format!(
            "const form = new FormData();
             form.append('file', {made});
             new Response(form).text().then((text) => postMessage([form.get('file').type, text.includes('admin')]))"
        );
        assert_eq!(
            run(&source, &[]),
            [format!("[{expected:?},false]")],
            "{made}"
        );
    }
}
