#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kps::syntax {

/// Writes a correct spec, each choice taken from `choices` (0 when they are used up), with blanks,
/// line ends and comments wherever they may stand.
class SpecWriter {
public:
    explicit SpecWriter(const std::vector<std::uint8_t>& choices) : choices_(choices) {}

    std::string file();

private:
    unsigned choose(unsigned count);
    bool maybe() { return choose(2) == 1; }
    bool goes_on() { return at_ < choices_.size() && choose(3) != 0; }

    void gap();
    void word(std::string_view text);
    void glue(std::string_view text) { text_ += text; }
    void pick(std::initializer_list<std::string_view> texts);
    void name();
    void names();
    void path();
    void symbol();

    void expression(int depth);
    void condition(int depth);
    void value(int depth);
    void operand(int depth);
    void literal();

    void declaration(int depth);
    void block_of_declarations(int depth);
    void condition_on_kernel();
    void point();
    void fields();
    void field();
    void machine_part();

    void statements(int depth);
    void statement(int depth);
    void run();
    void shell_block();
    void expectation();
    void order();
    void comparison();
    void stream();
    void key();

    const std::vector<std::uint8_t>& choices_;
    std::size_t at_ = 0;
    std::string text_;
};

} // namespace kps::syntax
