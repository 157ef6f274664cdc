"""Checks that the documents say what the code says. Prints one line per fault; exit 0 only if there is none.

    python3 .ci/docs.py readme   the README's Java is the Java that a test compiles and runs
    python3 .ci/docs.py links    relative links lead to a file, and their anchors to a heading
    python3 .ci/docs.py keys     docs/configuration.md lists the settings that the code reads, and no others
"""

import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
SKIPPED = {"target", "node_modules", ".git", ".cache"}

# A setting is read as settings.text("key", …), or through a method of the record that is handed `settings`
# and the key.
KEY = re.compile(r'(?:settings\s*\.\s*\w+\(|\w+\(\s*settings\s*,)\s*"([a-z][a-z.-]*)"|directory\(\s*"([a-z][a-z.-]*)"')
SECTIONS = {
    "Gateway": ["gateway-server/src/main/java/io/reefmesh/gateway/GatewayConfig.java"],
    "Node": [
        "node-runner/src/main/java/io/reefmesh/node/NodeConfig.java",
        "node-runner/src/main/java/io/reefmesh/node/handler/HandlerSettings.java",
        "node-runner/src/main/java/io/reefmesh/node/handler/EndpointReader.java",
        "cli/src/main/java/io/reefmesh/cli/ProcessLog.java",
    ],
}


def readme():
    blocks = re.findall(r"^```java\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)
    if len(blocks) != 1:
        return [f"README.md has {len(blocks)} blocks of java, not one"]
    tests = list(ROOT.glob("*/src/test/java/**/ReadmeExampleTest.java"))
    if len(tests) != 1:
        return [f"there are {len(tests)} files ReadmeExampleTest.java, not one"]
    marked = re.search(r"^[^\n]*README-BEGIN[^\n]*\n(.*?)^[^\n]*README-END", tests[0].read_text("utf-8"), re.M | re.S)
    if marked is None:
        return [f"{tests[0].relative_to(ROOT)} has no README-BEGIN and README-END"]
    tested = textwrap.dedent(marked.group(1)).strip()
    if textwrap.dedent(blocks[0]).strip() != tested:
        return [f"the README's Java differs from {tests[0].relative_to(ROOT)}, which has:\n{tested}"]
    return []


def documents():
    for path in ROOT.rglob("*.md"):
        if not SKIPPED & set(path.relative_to(ROOT).parts):
            yield path


def anchors(path):
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def links():
    faults = []
    for path in documents():
        text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.M | re.S)
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", link):
                continue
            file, _, anchor = link.partition("#")
            target = (path.parent / file) if file else path
            if not target.exists():
                faults.append(f"{path.relative_to(ROOT)}: {link} leads nowhere")
            elif anchor and target.suffix == ".md" and anchor not in anchors(target):
                faults.append(f"{path.relative_to(ROOT)}: {link} names no heading there")
    return faults


def keys():
    text = (ROOT / "docs/configuration.md").read_text("utf-8")
    faults = []
    for section, files in SECTIONS.items():
        body = re.search(rf"^## {section}$(.*?)(?=^## |\Z)", text, re.M | re.S)
        listed = set(re.findall(r"^\| `([a-z][a-z.-]*)` \|", body.group(1), re.M)) if body else set()
        read = set()
        for file in files:
            path = ROOT / file
            if not path.exists():
                faults.append(f"{file} is not there: where are its settings read now?")
                continue
            for match in KEY.finditer(path.read_text("utf-8")):
                read.add(match.group(1) or match.group(2))
        faults += [f"docs/configuration.md does not list {key} under {section}" for key in sorted(read - listed)]
        faults += [f"docs/configuration.md lists {key} under {section}, which is not read" for key in sorted(listed - read)]
    return faults


if __name__ == "__main__":
    found = {"readme": readme, "links": links, "keys": keys}[sys.argv[1]]()
    print("\n".join(found))
    sys.exit(1 if found else 0)
