#include "runtime/machine/shell_words.hpp"

#include <gmock/gmock.h>

namespace kps::machine {
namespace {

/// Required words as they are, others in brackets.
std::string dump(std::string_view shell) {
    std::string text;
    for (const ProgramWord& word : program_words(shell)) {
        if (!text.empty()) text += ' ';
        text += word.required ? word.text : "[" + word.text + "]";
    }
    return text;
}

TEST(ProgramWordsTest, AreTheFirstWordsOfCommands) {
    const std::pair<const char*, const char*> table[] = {
        {"", ""},
        {"cat x", "cat"},
        {"cat x | grep y && ls; sync & wc || sort", "cat grep ls sync wc sort"},
        {"cat a; cat b", "cat"},
        {"echo hi; cd /; exit 3", "[/]"},
        {"A=1 B='x y' make all", "make"},
        {"A=1", ""},
        {"'A=1' x", "A=1"},
        {"$tool -x; \"$x\"/bin; ls", "ls"},
        {"'cat' x; \"dd\" y; d\\f", "cat dd df"},
        {"ls > make 2>gcc < bar", "ls"},
        {">out ls", "ls"},
        {"ls 2>&1 | wc", "ls wc"},
        {"# gcc\nls # make\ncat", "ls cat"},
        {"ls a#b; cat", "ls cat"},
        {"l\\\ns -l", "ls"},
        {"(cd /tmp; touch x) && { sync; ls; }", "[/tmp] touch sync ls"},
        {"if grep -q a b; then make; elif ! stat x; then dd; else rm; fi; ls",
         "grep make stat dd rm ls"},
        {"while read l; do expr $l; done < file; uniq", "expr uniq"},
        {"for i in gcc make; do touch $i; done", "touch"},
        {"case $x in gcc|clang) make ;; *) ninja; sort ;; esac; ls", "make ninja sort ls"},
        {"case a in (a) for i in 1 2; do dd; done ;; b) ls ;; esac; wc", "dd ls wc"},
        {"echo $(uname -r) `id -u` \"$(wc -l < x)\"", "uname id wc"},
        {"x=$(cat $(find y))", "cat find [y]"},
        {"echo $((1 + 2)) ${x:-$(gcc)}; ls", "ls"},
        {"cat <<EOF\ngcc\nEOF\nls", "cat ls"},
        {"cat <<-'E' | wc\n\tgcc\n\tE\nls", "cat wc ls"},
        {"f() { dd; }\nf x; ls", "dd ls"},
        {"./mytest /etc/passwd", "./mytest [/etc/passwd]"},
        {"/bin/ls", "/bin/ls"},
        {"[ -x /bin/gcc ] && test -e y", "[/bin/gcc]"},
    };
    for (const auto& [shell, words] : table)
        EXPECT_EQ(dump(shell), words) << shell;
}

TEST(ProgramWordsTest, OfCommandsThatRunCommandsAreTheArgumentsToo) {
    const std::pair<const char*, const char*> table[] = {
        {"timeout -s KILL 5 fio x", "timeout [KILL] [5] [fio] [x]"},
        {"exec fio", "[fio]"},
        {"env A=1 perl", "env [A=1] [perl]"},
        {"find . -exec stat {} \\;", "find [stat] [{}] [;]"},
        {"time make", "make"},
        {"sh -c 'perl -e 1 | wc'", "sh perl wc"},
        {"/bin/bash -ec \"strace ls\"; dd", "/bin/bash strace [ls] dd"},
        {"timeout 5 sh -c 'gcc'", "timeout [5] [sh] gcc"},
        {"cat -c gcc", "cat"},
    };
    for (const auto& [shell, words] : table)
        EXPECT_EQ(dump(shell), words) << shell;
}

TEST(ProgramWordsTest, OfAnyTextAreFound) {
    const std::string openers = "'\"`$(){}\\<;|&#\n\tcase in esac for x a=";
    std::string text;
    unsigned random = 1;
    for (int i = 0; i < 20000; ++i) {
        random = random * 1664525U + 1013904223U;
        if (random >> 28 == 0U) text.clear();
        text += openers[(random >> 8) % openers.size()];
        program_words(text);
    }
    std::string deep;
    for (int i = 0; i < 5000; ++i)
        deep += "$(";
    EXPECT_EQ(dump(deep), "");
}

TEST(ModprobeWords, AreTheModulesThatACommandLoads) {
    EXPECT_THAT(modprobe_words("true; modprobe -q dummy numdummies=2 && ip link"),
                testing::ElementsAre("dummy", "numdummies=2"));
    EXPECT_THAT(modprobe_words("sh -c '/sbin/modprobe loop | cat'; echo modprobe_not x"),
                testing::ElementsAre("loop"));
    EXPECT_THAT(modprobe_words("echo loop"), testing::IsEmpty());
}

} // namespace
} // namespace kps::machine
