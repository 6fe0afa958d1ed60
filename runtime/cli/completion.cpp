#include "runtime/cli/completion.hpp"

namespace kps::cli {

namespace {

constexpr std::string_view bash =
    R"sh(# Completion of kps for bash. kps itself knows what can stand where.

# Bash breaks words at `:` and `=` too: they are put together again, up to the cursor, and of what
# completes the last only the part behind such a sign is given back.
_kps() {
    local rest=${COMP_LINE:0:COMP_POINT} words=() piece i
    for ((i = 0; i < COMP_CWORD; i++)); do
        piece=${COMP_WORDS[i]}
        if [[ $i -gt 0 && $rest == "$piece"* ]]; then
            words[-1]+=$piece
        else
            words+=("$piece")
        fi
        rest=${rest#*"$piece"}
    done
    if [[ $rest == [[:blank:]]* ]]; then
        words+=("${rest#"${rest%%[![:blank:]]*}"}")
    else
        words[-1]+=$rest
    fi

    local current=${words[-1]} tail=${words[-1]} word
    [[ $COMP_WORDBREAKS == *:* ]] && tail=${tail##*:}
    [[ $COMP_WORDBREAKS == *=* ]] && tail=${tail##*=}
    local kept=${current%"$tail"} files=
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        case $word in
        :*) files=$word ;;
        "$current"*) COMPREPLY+=("${word#"$kept"}") ;;
        esac
    done < <("${COMP_WORDS[0]}" complete "${words[@]:1}" 2>/dev/null)
    [[ ${#COMPREPLY[@]} -gt 0 || -z $files ]] && return
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(
        [[ $files == :files ]] || compgen -d -- "$tail"
        [[ $files == :specs ]] && compgen -f -X '!*.kps' -- "$tail"
        [[ $files == :files ]] && compgen -f -- "$tail"
    )
}
complete -F _kps kps
)sh";

constexpr std::string_view zsh = R"sh(#compdef kps
# Completion of kps for zsh. kps itself knows what can stand where.
compdef _kps kps

_kps() {
    local line word meaning files
    local -a lines entries
    lines=("${(@f)$("${(Q)words[1]}" complete "${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
    for line in $lines; do
        case $line in
        :*) files=$line ;;
        *)
            word=${${line%%$'\t'*}//:/\\:}
            meaning=${line#*$'\t'}
            entries+=("$word${meaning:+:$meaning}")
            ;;
        esac
    done
    (( $#entries )) && _describe argument entries && return
    compset -P '*='
    case $files in
    :specs) _files -g '*.kps' ;;
    :files) _files ;;
    :directories) _files -/ ;;
    esac
}

[[ $funcstack[1] == _kps ]] && _kps
)sh";

constexpr std::string_view fish =
    R"sh(# Completion of kps for fish. kps itself knows what can stand where.
function __kps_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l before (string match -r '^.*=' -- "$current")
    set -l path (string replace -- "$before" '' "$current")
    set -l files
    set -l found
    set -l paths
    for line in ($words[1] complete $words[2..] "$current" 2>/dev/null)
        if string match -q ':*' -- $line
            set files $line
        else
            set -a found $line
        end
    end
    if string match -q -- "$current*" $found
        string join \n -- $found
        return
    end
    switch "$files"
        case ':specs'
            set paths (__fish_complete_path "$path" | string match -re '(?:/|\.kps)(?:\t|$)')
        case ':files'
            set paths (__fish_complete_path "$path")
        case ':directories'
            set paths (__fish_complete_directories "$path")
    end
    for path in $paths
        echo "$before$path"
    end
end
complete -c kps -f -a '(__kps_complete)'
)sh";

} // namespace

int completion(const CompletionOptions& options, Terminal& terminal) {
    terminal.out(options.shell == "bash" ? bash : options.shell == "zsh" ? zsh : fish);
    return Exit::ok;
}

} // namespace kps::cli
