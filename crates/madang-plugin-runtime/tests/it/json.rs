//! Messages are read and written beside the engine; what comes out must be what its own `JSON` says.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::desk::run;

/// The same text read by us and by the engine is the same value.
fn check_read(text: &str) {
    let message = format!(r#"{{"value":{text},"text":{}}}"#, Value::from(text));
    let source = "onmessage = ({data}) => {
        const same = (a, b) => Object.is(a, b) || (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null
            && Object.getPrototypeOf(a) === Object.getPrototypeOf(b)
            && JSON.stringify(Object.getOwnPropertyDescriptors(a)) === JSON.stringify(Object.getOwnPropertyDescriptors(b))
            && Object.keys(a).every((key, place) => Object.keys(b)[place] === key && same(a[key], b[key])));
        postMessage(same(data.value, JSON.parse(data.text)));
    }";
    assert_eq!(run(source, &[&message]), ["true"], "{text}");
}

/// What is posted is what `JSON.stringify` writes.
fn check_written(expression: &str) {
    let source = format!(
        "const value = (() => ({expression}))(); postMessage(value); postMessage(JSON.stringify(value));"
    );
    let said = run(&source, &[]);
    let expected: String = serde_json::from_str(&said[1]).expect("a text");
    assert_eq!(said[0], expected, "{expression}");
}

#[test]
fn messages_are_read_as_the_engine_reads_them() {
    let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    let rows = [
        "null",
        "[true,false,null]",
        r#"{"b":1,"a":2,"b":3}"#,
        r#"{"2":1,"1":2,"x":3,"0":4,"-1":5,"01":6,"4294967295":7}"#,
        r#"{"__proto__":{"a":1},"constructor":2,"toString":3}"#,
        r#"{"":0,"é":1,"Ã©":2,"이름":3,"😀":4,"a\u0000b":5}"#,
        r#"["","é","한글","😀","a\u0000b","\ud83d\ude00","\ud800","\"\\\/\b\f\n\r\t"]"#,
        "[0,-0,1,-1,2147483647,2147483648,-2147483648,-2147483649]",
        "[9007199254740991,9007199254740993,18446744073709551615,18446744073709551616,-9223372036854775809]",
        "[1.0,1e3,-0.0,0.1,1e-7,1e21,1e400,-1e400,5e-324,1.7976931348623157e308,2.2250738585072011e-308]",
        "[37.566534999999998,126.97796919999999,0.30000000000000004,123456.78901234567,9007199254740993.5]",
        " { \"a\" :\t[ 1 ,\r\n2 ] } ",
        &deep,
    ];
    for text in rows {
        check_read(text);
    }
}

/// A member is defined, not assigned: what hangs on the prototypes is not asked.
#[test]
fn reading_calls_nothing_of_the_plugin() {
    let source = "let called = 0;
        for (const [owner, name] of [[Object.prototype, 'id'], [Array.prototype, '0']]) {
            Object.defineProperty(owner, name, { set() { called++; }, configurable: true });
        }
        onmessage = ({data}) => { delete Array.prototype[0]; delete Object.prototype.id; postMessage([called, data]); }";
    assert_eq!(run(source, &[r#"[{"id":1}]"#]), [r#"[0,[{"id":1}]]"#]);
}

#[test]
fn what_is_no_json_is_said_in_the_engine_s_words() {
    let source = "onmessage = () => postMessage('read')";
    let told = |text: &str| run(source, &[text]).join("");
    for text in ["", "{", "[1,]", "{\"a\"}", "nul", "1 2", "\"\u{1}\""] {
        assert!(told(text).contains("SyntaxError"), "{text}: {}", told(text));
    }
}

#[test]
fn messages_are_written_as_the_engine_writes_them() {
    let rows = [
        "null",
        "[undefined, null, , 1]",
        "{a: undefined, b: null, c: true, d: false}",
        "{}",
        "[[], {}, [{}], {a: {}}]",
        "{2: 'two', 1: 'one', x: 'x', [Symbol('s')]: 1, '': 0, 'é': 1, '이름': 2, '😀': 3, 'a\\0b\\n\"': 4}",
        "['', 'é', '한글', '😀', 'a\\0b', '\\ud800', '\\udc00x', '\\\"\\\\/\\b\\f\\n\\r\\t\\x1f\\x7f\\u2028']",
        "{'\\ud800': 1}",
        "'a'.repeat(100) + '한'.repeat(100) + 'b'",
        "[0, -0, 1.5, -1.5, NaN, Infinity, 2 ** 31, 2 ** 53, 2 ** 53 + 2, 1e20, 1e21, 1.5e300, 1e-6, 1e-7, 0.1 + 0.2, 5e-324]",
        "[123456789.12345678, 37.566535, 1 / 3, 100 / 3, 4.35, 0.000001234]",
        "new Date(0)",
        "{at: new Date(0), toJSON: 5}",
        "{toJSON() { return {b: 1}; }, a: 1}",
        "Object.assign([1], {toJSON() { return 'own'; }})",
        "[new Number(1), new String('s'), new Boolean(false), Object(null)]",
        "[new Map([[1, 2]]), new Set([1]), /x/, new Uint8Array(3), new Error('e')]",
        "Object.create(null, {a: {value: 1, enumerable: true}, b: {value: 2}})",
        "Object.defineProperty({a: 1}, 'hidden', {value: 2})",
        "new (class Order { id = 1; get total() { return 5; } })()",
        "new (class List extends Array {})(1, 2, 3)",
        "{get a() { return 1; }}",
        "new Proxy({a: 1}, {get: () => 2})",
        "new Proxy([1], {})",
        "Object.assign([1, 2], {name: 'x'})",
        "[new Array(5)]",
        "(() => { let top = 1; for (let i = 0; i < 200; i++) top = [top]; return top; })()",
        "(() => { const one = {a: 1}; return Array(70000).fill(one); })()",
        "(() => { const one = {a: 1}; return [one, one, {one}]; })()",
        "JSON.rawJSON ? {a: JSON.rawJSON('1e1000')} : 1",
    ];
    for expression in rows {
        check_written(expression);
    }
}

#[test]
fn a_prototype_with_a_voice_is_heard() {
    check_written(
        "(() => { Object.prototype.toJSON = function () { return 'of all'; }; return {a: 1}; })()",
    );
    check_written("(() => { Array.prototype.toJSON = () => 'of lists'; return {a: [1]}; })()");
}

/// What a getter throws while a message is written is the plugin's own error, thrown once.
#[test]
fn what_a_getter_throws_is_thrown_on() {
    let source = "let asked = 0; const value = { get a() { asked++; throw new RangeError('mine'); } };
        try { postMessage(value); } catch (error) { postMessage([error.name, error.message, asked]); }";
    assert_eq!(run(source, &[]), [r#"["RangeError","mine",1]"#]);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has no other", |number| number.is_finite())
            .prop_map(Value::from),
        (-1e9..1e9f64).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_message_comes_through_as_through_the_engine(value in any_json()) {
        check_read(&value.to_string());
        let source = "onmessage = ({data}) => { postMessage(data); postMessage(JSON.stringify(data)); }";
        let said = run(source, &[&json!([value]).to_string()]);
        let expected: String = serde_json::from_str(&said[1]).expect("a text");
        prop_assert_eq!(&said[0], &expected);
    }
}
