"""Reads packaging/Dockerfile and packaging/compose.yaml and says what a build or a start would stumble over.

Stages are built here in folders, as far as COPY goes: from what a clean checkout has (tracked files) and .dockerignore lets
through. Cargo then has to find its workspace in the one that builds the program, and so do all files that the code embeds.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "packaging" / "Dockerfile"
COMPOSE = ROOT / "packaging" / "compose.yaml"


def fail(words):
    sys.exit(f"container: {words}")


def check(holds, words):
    if not holds:
        fail(words)


def instructions(text):
    """Each instruction as (name, rest), continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    for line in filter(str.strip, joined.splitlines()):
        name, _, rest = line.strip().partition(" ")
        yield name.upper(), rest.strip()


def stages():
    """Each stage as {"image", "name", "steps"}."""
    found = []
    for name, rest in instructions(DOCKERFILE.read_text()):
        if name == "FROM":
            image, *alias = re.split(r"\s+AS\s+", rest, flags=re.IGNORECASE)
            found.append({"image": image, "name": alias[0] if alias else "", "steps": []})
        else:
            found[-1]["steps"].append((name, rest))
    return found


def is_let_through(path):
    """Whether .dockerignore lets a path into the build: the last pattern that fits it or a folder of it counts."""
    allowed = True
    for pattern in (ROOT / ".dockerignore").read_text().split("\n"):
        pattern = pattern.strip()
        if not pattern or pattern.startswith("#"):
            continue
        negated, pattern = pattern.startswith("!"), pattern.lstrip("!")
        check(pattern == "*" or not re.search(r"[*?\[]", pattern), f".dockerignore: {pattern} is beyond this reader")
        if pattern == "*" or path == pattern or path.startswith(pattern + "/"):
            allowed = negated
    return allowed


def checkout():
    """What a clean checkout has."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [path for path in listed.stdout.splitlines() if (ROOT / path).is_file()]


def lay_out(stage, context, folder):
    """Does a stage's COPYs from the build's context in `folder`; returns those from other stages."""
    workdir, from_others = "/", []
    for name, rest in stage["steps"]:
        if name == "WORKDIR":
            workdir = rest
        if name != "COPY":
            continue
        words = shlex.split(rest)
        flags = [word for word in words if word.startswith("--")]
        *sources, target = [word for word in words if not word.startswith("--")]
        other = next((flag.removeprefix("--from=") for flag in flags if flag.startswith("--from=")), None)
        if other:
            from_others.append((other, sources))
            continue
        into_folder = target.endswith("/") or len(sources) > 1
        place = folder / (Path(workdir) / target).relative_to("/")
        for source in sources:
            source = source.rstrip("/")
            files = [path for path in context if path == source or path.startswith(source + "/")]
            check(files, f"COPY {source}: not in a clean checkout, or .dockerignore keeps it out")
            for path in files:
                below = Path(path).relative_to(source)
                if below == Path("."):
                    there = place / Path(source).name if into_folder else place
                else:
                    there = place / below
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / path, there)
    return from_others


def check_program_stage(source):
    """What cargo and the compiler look for is there."""
    subprocess.run(
        ["cargo", "metadata", "--quiet", "--locked", "--offline", "--no-deps", "--format-version", "1"],
        cwd=source,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    embedded = re.compile(r'include_(?:str|bytes)!\(\s*"([^"]+)"')
    for code in (source / "crates").rglob("src/**/*.rs"):
        for name in embedded.findall(code.read_text()):
            check((code.parent / name).is_file(), f"{code.relative_to(source)} embeds {name}, which is not copied")


def check_stages(found):
    context = [path for path in checkout() if is_let_through(path)]
    for secret in ("greenroom-data", "sdk-tests", ".git/"):
        check(not any(path.startswith(secret) for path in context), f"{secret} is sent to the builder")
    names = [stage["name"] for stage in found]
    for number, stage in enumerate(found):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            for other, sources in lay_out(stage, context, folder):
                check(other in names[:number], f"COPY --from={other}: no such stage before it")
                check(all(source.startswith("/") for source in sources), f"COPY --from={other}: {sources}")
            if stage["name"] == "build":
                check_program_stage(folder / "src")
                channel = tomllib.loads((ROOT / "rust-toolchain.toml").read_text())["toolchain"]["channel"]
                check(stage["image"] == f"rust:{channel}-bookworm", f"{stage['image']} is not Rust {channel}")
            if stage["name"] == "pages":
                for file in ("package.json", "package-lock.json", ".npmrc", "vite.config.ts", "index.html"):
                    check((folder / "src/web" / file).is_file(), f"the pages need {file}")


def check_final_stage(stage):
    steps = dict(stage["steps"])
    user = steps.get("USER", "root").split(":")[0]
    check(user.isdigit() and user != "0", f"USER {user}: not a number, or root")
    check(steps.get("STOPSIGNAL") == "SIGTERM", "STOPSIGNAL is not what the program stops gracefully on")
    check(steps["HEALTHCHECK"].endswith('CMD ["greenroom", "healthcheck"]'), steps["HEALTHCHECK"])
    check(steps["ENTRYPOINT"] == '["greenroom"]' and steps["CMD"] == '["serve"]', "ENTRYPOINT and CMD")
    check(steps["EXPOSE"].split() == ["8080/tcp", "7700/udp", "7700/tcp"], steps["EXPOSE"])
    settings = dict(word.split("=", 1) for word in shlex.split(steps["ENV"]))
    check(steps["VOLUME"] == settings["GREENROOM_DATA"], "the volume is not where the data is")
    owned = [rest for name, rest in stage["steps"] if name == "COPY" and rest.endswith(" " + settings["GREENROOM_DATA"])]
    check(len(owned) == 1 and f"--chown={steps['USER']}" in owned[0], "the user does not own the data")
    return settings


def check_with_program(program, settings):
    """The program takes the settings that the image and the compose file give it."""
    compose = YAML(typ="safe").load(COMPOSE.read_text())
    service = compose["services"]["greenroom"]
    given = {name: re.sub(r"\$\{PUBLIC_IP:\?[^}]*\}", "203.0.113.7", text) for name, text in service["environment"].items()}
    said = subprocess.run([program, "config", "print"], env={**settings, **given}, capture_output=True, text=True)
    check(said.returncode == 0, said.stderr)
    printed = tomllib.loads(said.stdout)
    media = printed["media"]
    check(media["public_ips"] == ["203.0.113.7"] and media["shards"] == 1, f"{media}")
    published = {tuple(port.split(":")[-2:]) for port in service["ports"]}
    http = printed["listen"].split(":")[-1]
    wanted = {(http, f"{http}/tcp")}
    wanted |= {(str(media[f"{kind}_port"]), f"{media[f'{kind}_port']}/{kind}") for kind in ("udp", "tcp")}
    check(published == wanted, f"ports {published}, and the program uses {wanted}")
    grace_secs = int(service["stop_grace_period"].removesuffix("s"))
    check(grace_secs > 2 * printed["shutdown_timeout_secs"] + 18, "a stop could be cut short")
    for volume in service["volumes"]:
        name, place = volume.split(":")
        check(name in compose["volumes"] and place == settings["GREENROOM_DATA"], f"volume {volume}")
    check(service["read_only"] and service["cap_drop"] == ["ALL"], "more rights than it needs")
    check(service["security_opt"] == ["no-new-privileges:true"], "more rights than it needs")
    check((COMPOSE.parent / service["build"]["context"]).resolve() == ROOT, "context")
    check((ROOT / service["build"]["dockerfile"]).samefile(DOCKERFILE), "dockerfile")


def main():
    found = stages()
    check([stage["name"] for stage in found] == ["pages", "build", ""], "the stages are not those that this test knows")
    check_stages(found)
    settings = check_final_stage(found[-1])
    program = ROOT / "target" / "debug" / "greenroom"
    check(program.is_file(), f"no program at {program}: cargo build")
    check_with_program(program, settings)
    print("container: a build would find all it copies, and the program takes its settings (no image was built)")


main()
