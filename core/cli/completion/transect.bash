# shellcheck shell=bash
# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# transect.bash - completion for bash. Commands, options and plugins are
# asked of the program that is being typed, so they are those that it has.

# Settings that are no plugin's; the tests compare them with the program's.
_transect_keys='experiment.name experiment.title model.path model.ignore
input.files input.text input.ids input.ids_file input.records input.repeat
input.prompt input.pair input.answer input.foil input.label input.align
input.answer_tokens input.samples input.length input.windows input.bos
input.encoding
run.seed run.memory run.arithmetic run.baseline run.allow_inert
run.checkpoint run.workers run.figures
figures.formats figures.width figures.height figures.font_size figures.title
figures.labels'

# The program in the first word, with the --plugin-dir that was typed.
_transect_ask()
{
    local program=${COMP_WORDS[0]/#\~/$HOME} dir=() i
    if [ "$1" = plugins ]; then
        for ((i = 1; i < COMP_CWORD - 1; i++)); do
            [ "${COMP_WORDS[i]}" = --plugin-dir ] &&
                dir=(--plugin-dir "${COMP_WORDS[i + 1]/#\~/$HOME}")
        done
    fi
    "$program" "$@" "${dir[@]}" 2>/dev/null
}

_transect_commands()
{
    _transect_ask --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'
}

_transect_options()
{
    _transect_ask "$1" --help | grep -o -e '--[a-z][a-z-]*' | sort -u
}

# Names only: at a depth of the JSON where plugins have theirs.
_transect_plugins()
{
    _transect_ask plugins --json | sed -n 's/^    "name": "\(.*\)",$/\1/p'
}

# "plugin NAME.OPTION" for all of them, one a line.
_transect_plugin_keys()
{
    _transect_ask plugins --json | awk -F '"' '
        /^    "name": / { plugin = $4 }
        /^        "name": / { print "plugin " plugin "." $4 }'
}

# The words that "plugin NAME.OPTION" may be.
_transect_choices()
{
    local plugin=${1#plugin } option=${1##*.}
    plugin=${plugin%.*}
    _transect_ask plugins "${plugin%:*}" --json | awk -F '"' -v o="$option" '
        /^      "name": / { on = $4 == o }
        on && /^      "type": "bool"/ { print "yes"; print "no" }
        on && /^        "/ { print $2 }'
}

# _transect_offer CURRENT [SUFFIX]: the lines of standard input that begin
# with CURRENT. In quotes they are as they are, else escaped.
_transect_offer()
{
    local line quoted
    while IFS= read -r line; do
        quoted=$line
        case ${COMP_WORDS[COMP_CWORD]} in
        [\'\"]*) ;;
        *) printf -v quoted %q "$line" ;;
        esac
        [[ $quoted == "$1"* ]] && COMPREPLY+=("$quoted${2-}")
    done
}

_transect_paths()
{
    compopt -o filenames 2>/dev/null
    compgen "$1" -- "$2"
}

# The value of a setting: _transect_value KEY CURRENT
_transect_value()
{
    local key=${1//[\\\'\"]/}
    case $key in
    model.path) mapfile -t COMPREPLY < <(_transect_paths -d "$2") ;;
    input.files | input.ids_file | input.records)
        mapfile -t COMPREPLY < <(_transect_paths -f "$2") ;;
    input.align) _transect_offer "$2" < <(printf 'end\nstart\nspans\n') ;;
    input.answer_tokens) _transect_offer "$2" < <(printf 'first\nall\n') ;;
    input.windows)
        _transect_offer "$2" < <(printf 'first\nspread\nrandom\n') ;;
    input.bos) _transect_offer "$2" < <(printf 'auto\nyes\nno\n') ;;
    run.baseline | run.allow_inert)
        _transect_offer "$2" < <(printf 'yes\nno\n') ;;
    'plugin '*) _transect_offer "$2" < <(_transect_choices "$key") ;;
    esac
}

# What follows --set: a key, or in a word of its own or not, a value.
_transect_setting()
{
    local n=$COMP_CWORD key=${1%%=*} quote=
    if [ "${COMP_WORDS[n]}" = = ]; then
        _transect_value "${COMP_WORDS[n - 1]}" ''
    elif [ "${COMP_WORDS[n - 1]}" = = ]; then
        _transect_value "${COMP_WORDS[n - 2]}" "$1"
    elif [[ $1 == *=* ]]; then
        # bash closes a quote once the key is whole: "plugin x.y="value
        [[ $1 == *=[\'\"]* ]] && quote=${1:${#key} + 1:1}
        _transect_value "$key" "${1#"$key=$quote"}"
        COMPREPLY=("${COMPREPLY[@]/#/$key=$quote}")
    else
        compopt -o nospace 2>/dev/null
        # shellcheck disable=SC2086
        _transect_offer "$1" = < <(printf '%s\n' $_transect_keys &&
            _transect_plugin_keys)
    fi
}

# Is the word under way of a --set?
_transect_in_setting()
{
    local n=$COMP_CWORD
    [ "${COMP_WORDS[n - 1]}" = --set ] ||
        { [ "$n" -ge 3 ] && [ "${COMP_WORDS[n]}" = = ] &&
            [ "${COMP_WORDS[n - 2]}" = --set ]; } ||
        { [ "$n" -ge 4 ] && [ "${COMP_WORDS[n - 1]}" = = ] &&
            [ "${COMP_WORDS[n - 3]}" = --set ]; }
}

# _transect PROGRAM CURRENT PREVIOUS, as bash calls it
_transect()
{
    local command=${COMP_WORDS[1]-}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        _transect_offer "$2" \
            < <(_transect_commands && printf -- '--help\n--version\n')
    elif _transect_in_setting; then
        _transect_setting "$2"
    elif [[ $3 == @(--output|--plugin-dir|--model) ]]; then
        mapfile -t COMPREPLY < <(_transect_paths -d "$2")
    elif [ "$3" = --threads ]; then
        :
    elif [[ $2 == -* ]]; then
        _transect_offer "$2" < <(_transect_options "$command")
    else
        case $command in
        plugins | check-plugin)
            _transect_offer "$2" < <(_transect_plugins)
            [ ${#COMPREPLY[@]} -gt 0 ] ||
                mapfile -t COMPREPLY < <(_transect_paths -f "$2") ;;
        points | model | report)
            mapfile -t COMPREPLY < <(_transect_paths -d "$2") ;;
        new-plugin | doctor) ;;
        *)
            mapfile -t COMPREPLY < <(_transect_paths -f "$2") ;;
        esac
    fi
}

complete -F _transect transect
