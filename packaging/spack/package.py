# Spack 1.0 or later: copy to packages/tributary/package.py of a repository of yours (spack repo
# create), then: spack install tributary

from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class Tributary(CMakePackage):
    """Data-parallel optimizers as C++20 templates, and inference of what they trained. Header-only:
    variants choose the components, each with what it needs beyond Eigen."""

    homepage = "https://github.com/tributary/tributary"
    git = "https://github.com/tributary/tributary.git"

    license("Apache-2.0")

    version("main", branch="main")

    variant("json", default=True, description="Model files, schemas and traces in JSON")
    variant("zlib", default=True, description="Compressed tables, IDX images and NumPy's weights")
    variant("zstd", default=False, description="A codec for exchanges")
    variant("tcp", default=False, description="Training over sockets, with and without TLS")

    depends_on("cxx", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("eigen@3.4:")
    depends_on("nlohmann-json", when="+json")
    depends_on("zlib-api", when="+zlib")
    depends_on("zstd", when="+zstd")
    depends_on("boost", when="+tcp")
    depends_on("openssl", when="+tcp")

    conflicts("%gcc@:11", msg="needs C++20 as of g++ 12")
    conflicts("%clang@:16", msg="needs C++20 as of clang 17")

    def cmake_args(self):
        # A component is there when CMake finds its package, be it the system's.
        packages = {"json": "nlohmann_json", "zlib": "ZLIB", "zstd": "zstd", "tcp": "Boost"}
        return [
            self.define("TRIBUTARY_TESTS", False),
            self.define("TRIBUTARY_EXAMPLES", False),
        ] + [
            self.define(f"CMAKE_DISABLE_FIND_PACKAGE_{package}", not self.spec.variants[name].value)
            for name, package in packages.items()
        ]
