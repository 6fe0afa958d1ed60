#include "runtime/cli/specs.hpp"

#include "compiler/kernel/file_io.hpp"
#include "compiler/kernel/open.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <unistd.h>

namespace kps::cli {

namespace {

namespace fs = std::filesystem;

fs::path executable_directory() {
    std::error_code error;
    return fs::read_symlink("/proc/self/exe", error).parent_path();
}

bool write_to(const fs::path& path, std::string_view text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    return file.good();
}

} // namespace

sema::Library library_of(const std::vector<std::string>& directories) {
    sema::Library library;
    for (const std::string& directory : directories)
        library.directories.emplace_back(directory);
    if (const char* variable = std::getenv("KPS_PATH")) {
        std::string_view rest = variable;
        while (!rest.empty()) {
            const std::string_view one = rest.substr(0, rest.find(':'));
            if (!one.empty()) library.directories.emplace_back(one);
            rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        }
    }
    const fs::path installed = executable_directory() / "../share/kps/specs";
    std::error_code error;
    library.directories.push_back(fs::is_directory(installed, error) ? installed
                                                                     : fs::path(KPS_SOURCE_SPECS));
    return library;
}

Result<std::string> read_text(const std::string& path) {
    if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    return kernel::read_text(path);
}

Result<void> write_text(const std::string& path, std::string_view text) {
    const auto failure = [&] {
        return fail(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
    };
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::exists(status) && !fs::is_regular_file(status)) { // a device or pipe stays what it is
        if (write_to(path, text)) return {};
        return failure();
    }
    fs::path target = fs::canonical(path, error); // so that a link stays one
    if (error) target = path;
    const std::string fresh = fmt::format("{}.{}.new", target.string(), getpid());
    if (write_to(fresh, text)) {
        if (fs::exists(status)) fs::permissions(fresh, status.permissions(), error);
        if (std::rename(fresh.c_str(), target.c_str()) == 0) return {};
    }
    const auto failed = failure();
    fs::remove(fresh, error);
    return failed;
}

Result<sema::LoadedSpec> load_spec(const std::string& path, const sema::Library& library,
                                   SourceSet& sources, diag::Sink& sink) {
    if (path != "-") return sema::load(path, library, sources, sink);
    Result<std::string> text = read_text(path);
    if (!text) return std::unexpected(text.error());
    return sema::load(sources.add("<standard input>", std::move(*text)), library, sources, sink);
}

Result<std::vector<sema::LoadedSpec>> load_specs(const std::vector<std::string>& paths,
                                                 const sema::Library& library, SourceSet& sources,
                                                 diag::Sink& sink) {
    std::vector<sema::LoadedSpec> specs;
    for (const std::string& path : paths) {
        Result<sema::LoadedSpec> spec = load_spec(path, library, sources, sink);
        if (!spec) return std::unexpected(spec.error());
        specs.push_back(std::move(*spec));
    }
    return specs;
}

bool show_diagnostics(const diag::Sink& sink, const SourceSet& sources, Terminal& terminal) {
    const std::vector<diag::Diagnostic> sorted = sink.sorted();
    if (!sorted.empty()) terminal.err(diag::render_text(sorted, sources, terminal.err_colour()));
    return sink.has_errors();
}

kernel::Progress progress_of(const std::string& name, Terminal& terminal) {
    return [name, &terminal](const std::string& step) {
        terminal.progress(fmt::format("{}: {} ...", name, step));
    };
}

Result<std::shared_ptr<const kernel::KernelView>> open_kernel(const std::string& name,
                                                              Terminal& terminal) {
    auto view = kernel::open_kernel(name, progress_of(name, terminal));
    terminal.progress("");
    return view;
}

} // namespace kps::cli
