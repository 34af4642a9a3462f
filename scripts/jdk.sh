# Finds a JDK 25 or newer, which may stand beside an older default one. To be sourced: sets JDK_HOME, or fails with a line for people.

# The version of the JDK in a folder, as one number; nothing if there is none.
jdk_feature_version() {
  [ -x "$1/bin/javac" ] && [ -f "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

# Where JDKs are looked for, the most deliberate choice first.
jdk_candidates() {
  [ -n "${JAVA_HOME:-}" ] && printf '%s\n' "$JAVA_HOME"
  if command -v java >/dev/null 2>&1; then
    java_command=$(command -v java)
    java_command=$(readlink -f "$java_command" 2>/dev/null || printf '%s' "$java_command")
    printf '%s\n' "${java_command%/bin/java}"
  fi
  toolchains="${HOME:-/nonexistent}/.m2/toolchains.xml"
  [ -f "$toolchains" ] && sed -n 's:.*<jdkHome>\(.*\)</jdkHome>.*:\1:p' "$toolchains"
  for folder in /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* /usr/local/java/* /usr/local/jdk* \
      "${HOME:-/nonexistent}"/.sdkman/candidates/java/* "${HOME:-/nonexistent}"/.jdks/* "${HOME:-/nonexistent}"/.local/share/mise/installs/java/* \
      /Library/Java/JavaVirtualMachines/*/Contents/Home "${HOME:-/nonexistent}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
      /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    [ -d "$folder" ] && printf '%s\n' "$folder"
  done
  return 0
}

find_jdk() {
  found=$(jdk_candidates | while IFS= read -r folder; do
    version=$(jdk_feature_version "$folder")
    if [ -n "$version" ] && [ "$version" -ge 25 ]; then
      printf '%s\n' "$folder"
      break
    fi
  done)
  if [ -z "$found" ]; then
    echo "roost: no JDK 25 found. Install one (such as Eclipse Temurin 25), or set JAVA_HOME to its folder." >&2
    return 1
  fi
  JDK_HOME=$found
}
