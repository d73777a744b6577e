//! PNML: what is written is read again, and hostile files end in errors that say where.

use madang_process::discovery::{PetriNet, PnmlLimits, read_pnml, write_pnml};
use proptest::prelude::*;

use crate::petri_net::example;
use crate::tree_language::{any_tree, letters};

fn check(body: &str, expected: &str) {
    let file = format!("<pnml><net id=\"n\" type=\"ptnet\">{body}</net></pnml>");
    check_file(file.as_bytes(), expected);
}

fn check_file(file: &[u8], expected: &str) {
    let limits = PnmlLimits {
        nodes_max: 3,
        arcs_max: 2,
        depth_max: 10,
        name_bytes_max: 40,
    };
    let said = match read_pnml(file, &limits) {
        Ok(net) => format!(
            "{} places, {} transitions",
            net.place_count(),
            net.transitions.len()
        ),
        Err(error) => error.to_string(),
    };
    assert_eq!(said, expected);
}

#[test]
fn the_example_comes_back_as_it_was() {
    let (net, _) = example();
    let file = write_pnml(&net, "보상 & <청구>");
    let read = read_pnml(file.as_bytes(), &PnmlLimits::default()).expect("our own file");
    assert_eq!(read, net);
}

#[test]
fn others_spellings_are_read() {
    let place = "<place id=\"a\"><name><text>\n  start </text></name><graphics><position x=\"1\"/></graphics><initialMarking><text> 1 </text></initialMarking></place>";
    let transition = "<transition id=\"t\"><name><text>끝 &amp; &#xAC00;<![CDATA[<]]></text></name></transition>";
    let arc = "<arc id=\"1\" source=\"a\" target=\"t\"><inscription><text>2</text></inscription><toolspecific tool=\"x\"><name><text>no</text></name></toolspecific></arc>";
    let file = format!(
        "<?xml version=\"1.0\"?><p:pnml xmlns:p=\"p\"><p:net>{place}<page id=\"g\"><place id=\"z\"/></page>{transition}{arc}<arc source=\"t\" target=\"z\"/></p:net></p:pnml>"
    );
    let net = read_pnml(file.as_bytes(), &PnmlLimits::default()).expect("a net");
    assert_eq!(net.start, [1, 0]);
    assert_eq!(net.end, [0, 1]);
    assert_eq!(net.transitions[0].activity.as_deref(), Some("끝 & 가<"));
    assert_eq!(net.transitions[0].takes[0].tokens, 2);
    // A name in the encoding that ProM declares.
    let latin = b"<pnml><net><transition id=\"t\"><name><text>Pr\xfcfen</text></name></transition></net></pnml>";
    let net = read_pnml(latin, &PnmlLimits::default()).expect("a net");
    assert_eq!(net.transitions[0].activity.as_deref(), Some("Prüfen"));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    check_file(b"", "there is no <net> in it: is it PNML?");
    check_file(b"name,date\n1,2\n", "there is no <net> in it: is it PNML?");
    check_file(b"<pnml><net>", "the file ends before </net>: is it whole?");
    check_file(b"<pnml><net></pnml>", "byte 11: the XML is broken");
    check_file(
        b"<!DOCTYPE pnml [<!ENTITY a \"aaaa\">]><pnml/>",
        "byte 0: a document type is declared; remove <!DOCTYPE \u{2026}>, no net needs one",
    );
    check("", "0 places, 0 transitions");
    check("<place/>", "byte 31: <place> has no id");
    check(
        "<place id='a'/><transition id='a'/>",
        "byte 46: the id \"a\" is there twice",
    );
    check(
        "<place id='a'/><place id='b'/><arc source='a' target='b'/>",
        "the arc from \"a\" to \"b\" does not connect a place and a transition of the net",
    );
    check(
        "<place id='a'><initialMarking><text>-1</text></initialMarking></place>",
        "byte 69: \"-1\" is no number of tokens from 0 to 255",
    );
    check(
        "<finalmarkings><marking><place idref='q'><text>1</text></place></marking></finalmarkings>",
        "the final marking has the place \"q\", which the net has not",
    );
    check(
        "<name><text>&lol;</text></name>",
        "byte 43: the XML is broken",
    );
}

#[test]
fn more_than_the_limits_is_refused() {
    check(
        "<place id='a'/><place id='b'/><place id='c'/><place id='d'/>",
        "byte 76: more than 3 places and transitions",
    );
    check(
        "<arc source='a' target='b'/><arc source='a' target='b'/><arc source='a' target='b'/>",
        "byte 87: more than 2 arcs",
    );
    check(
        &"<a>".repeat(100),
        "byte 55: more than 10 elements within elements",
    );
    check(
        &format!("<place id='{}'/>", "a".repeat(41)),
        "byte 31: more than 40 bytes of a name",
    );
    check(
        &format!(
            "<place id='a'><name><text>{}</text></name></place>",
            "a".repeat(41)
        ),
        "byte 57: more than 40 bytes of a name",
    );
}

proptest! {
    #[test]
    fn every_net_comes_back_as_it_was(tree in any_tree()) {
        let net = PetriNet::of_tree(&tree, &letters(20));
        let read = read_pnml(write_pnml(&net, "any").as_bytes(), &PnmlLimits::default());
        prop_assert_eq!(read.expect("our own file"), net);
    }

    #[test]
    fn no_file_is_too_strange(file in prop::collection::vec(any::<u8>(), 0..200), tags in "(<(net|place id='a'|transition id='b'|arc source='a' target='b'|text|name)/?>|</(net|place|text)>|1|&){0,30}") {
        let _ = read_pnml(&file, &PnmlLimits::default());
        let _ = read_pnml(tags.as_bytes(), &PnmlLimits::default());
    }
}
