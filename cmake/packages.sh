# Functions for the scripts that build.

# need_packages <package>...: installs the Debian packages that are missing.
need_packages() {
  if ! command -v apt-get >/dev/null; then
    echo "Without apt, nothing is installed here. Needed, by their names in Debian: $*"
    return
  fi
  local package missing=() as_root=()
  for package; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  echo "Installing Debian packages that the build needs: ${missing[*]}"
  if ((EUID != 0)); then
    echo "Only this takes root: sudo may ask for your password."
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get -qq update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get -qq -y install --no-install-recommends "${missing[@]}" >/dev/null ||
    echo "Could not install them; going on with what is here."
}

# use_all_cores: for cmake and ctest; by Ninja if it is installed.
use_all_cores() {
  export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(getconf _NPROCESSORS_ONLN)}
  if command -v ninja >/dev/null; then export CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja}; fi
}

# build_tests [<target>...]: in build/dev, after the installation of the needed packages.
build_tests() {
  need_packages g++ cmake ninja-build libeigen3-dev nlohmann-json3-dev zlib1g-dev libzstd-dev \
    libboost-dev libssl-dev doctest-dev
  use_all_cores
  cmake --preset dev -DTRIBUTARY_EXAMPLES=OFF -DTRIBUTARY_WERROR=OFF &&
    cmake --build --preset dev ${1:+--target "$@"}
}
