# Writes OUTPUT, a source file that defines FUNCTION (in namespace kps::gate, declared in HEADER) as
# the text of INPUT.
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "#include \"${HEADER}\"

namespace kps::gate {

std::string_view ${FUNCTION}() {
    return R\"text(${text})text\";
}

} // namespace kps::gate
")
