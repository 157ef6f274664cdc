# Tools that the gate needs and a bare machine lacks, at pinned versions, in a cache folder. Sourced by
# .ci/run and e2e/run. Nothing is installed outside the cache, and nothing that is there is fetched again.

BUF_VERSION=1.75.0
GRPCURL_VERSION=v1.9.3
GRPC_HEALTH_PROBE_VERSION=v0.4.40
PYTHON_PACKAGES="grpcio==1.82.1 grpcio-tools==1.82.1 grpcio-reflection==1.82.1 grpcio-status==1.82.1"

REEFMESH_CI_CACHE_FOLDER=${XDG_CACHE_HOME:-$HOME/.cache}/reefmesh-ci

# need PROGRAM WHY: ends with 1 and says so when the program is missing.
need() {
  command -v "$1" >/dev/null 2>&1 || { echo "$1 is not on the PATH: $2" >&2; return 1; }
}

# Prints the path of buf.
buf_path() {
  local home="$REEFMESH_CI_CACHE_FOLDER/buf-$BUF_VERSION"
  local program="$home/node_modules/.bin/buf"
  if [ ! -x "$program" ]; then
    need npm "it installs @bufbuild/buf (Debian, Ubuntu: apt install npm)" || return 1
    mkdir -p "$home"
    npm install --prefix "$home" --no-package-lock --no-save --no-audit --no-fund --loglevel=error \
      "@bufbuild/buf@$BUF_VERSION" >&2 </dev/null || return 1
  fi
  echo "$program"
}

# go_tool MODULE VERSION PACKAGE: prints the path of a Go program. It is installed from a module of our
# own that requires the version, because "go install package@version" also asks for the list of all
# versions, which not every module proxy serves.
go_tool() {
  local module=$1 version=$2 package=$3
  local name=${package##*/}
  local home="$REEFMESH_CI_CACHE_FOLDER/$name-$version"
  if [ ! -x "$home/$name" ]; then
    need go "it installs $name (https://go.dev/dl, or Debian, Ubuntu: apt install golang)" || return 1
    mkdir -p "$home/module"
    (
      cd "$home/module"
      rm -f go.mod go.sum
      go mod init reefmesh.invalid/tools >/dev/null 2>&1
      go mod edit -require="$module@$version"
      GOBIN="$home" GOFLAGS="${GOFLAGS:-} -mod=mod" go install "$package"
    ) >&2 </dev/null || return 1
  fi
  echo "$home/$name"
}

grpcurl_path() { go_tool github.com/fullstorydev/grpcurl "$GRPCURL_VERSION" github.com/fullstorydev/grpcurl/cmd/grpcurl; }

health_probe_path() {
  go_tool github.com/grpc-ecosystem/grpc-health-probe "$GRPC_HEALTH_PROBE_VERSION" github.com/grpc-ecosystem/grpc-health-probe
}

# Prints the path of a Python that has the gRPC packages.
python_path() {
  need python3 "the tests with real clients are written in it" || return 1
  local key
  key=$(printf '%s' "$PYTHON_PACKAGES $(python3 -c 'import sys; print(sys.executable, sys.version)')" | cksum | cut -d ' ' -f 1)
  local home="$REEFMESH_CI_CACHE_FOLDER/python-$key"
  if [ ! -f "$home/complete" ]; then
    rm -rf "$home"
    python3 -m venv "$home" >&2 || {
      echo "python3 cannot make a virtual environment (Debian, Ubuntu: apt install python3-venv)" >&2
      return 1
    }
    # Words on purpose: a list of packages.
    # shellcheck disable=SC2086
    "$home/bin/pip" install --quiet --disable-pip-version-check $PYTHON_PACKAGES >&2 </dev/null || return 1
    touch "$home/complete"
  fi
  echo "$home/bin/python"
}
