# Writes OUTPUT, a source file that holds every page of DIRECTORY (docs/diagnostics).
file(GLOB pages ${DIRECTORY}/KPS*.md)
list(SORT pages)
set(rows "")
foreach(page IN LISTS pages)
  get_filename_component(name ${page} NAME_WE)
  string(REGEX REPLACE "^KPS0*" "" number ${name})
  file(READ ${page} text)
  string(APPEND rows "    {${number}, R\"page(${text})page\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"runtime/cli/pages.hpp\"

namespace kps::cli {

namespace {

constexpr DiagnosticPage pages[] = {
    {0, {}},
${rows}};

} // namespace

std::span<const DiagnosticPage> diagnostic_pages() {
    return std::span(pages).subspan(1);
}

} // namespace kps::cli
")
