//! An e-mail as it arrived.

use serde_json::Value;

/// The header lines, unfolded, and the text. Python reads it: a reader that is not ours.
pub(super) fn read(mail: &Value) -> (Vec<(String, String)>, String) {
    const READER: &str = "import email.policy, email, json, sys\n\
        it = email.message_from_string(sys.stdin.read(), policy=email.policy.default)\n\
        print(json.dumps({'headers': it.items(), 'text': it.get_content()}))";
    let content = mail["content"].as_str().expect("a mail has a content");
    let said = tests::Program::at(std::path::Path::new("/usr/bin/python3"))
        .args(["-c", READER])
        .input(content)
        .run(super::SOON);
    let read: Value = serde_json::from_str(&said.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", said.stdout, said.stderr));
    let pairs = read["headers"].as_array().expect("headers").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let headers = pairs.map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
    (headers, text(&read["text"]).replace("\r\n", "\n"))
}

/// The value of a header.
pub(super) fn header<'a>(headers: &'a [(String, String)], name: &str) -> &'a str {
    let found = headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str()).unwrap_or_default()
}
