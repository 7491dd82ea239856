# Completion for bash, and for zsh with bashcompinit. Made from the program's flags by `make golden` with picocli's
# generator (Apache License 2.0); a test compares. Do not edit.

if [ -n "$BASH_VERSION" ]; then
  # Enable programmable completion facilities when using bash (see [3])
  shopt -s progcomp
elif [ -n "$ZSH_VERSION" ]; then
  # Make alias a distinct command for completion purposes when using zsh (see [4])
  setopt COMPLETE_ALIASES
  alias compopt=complete

  # Enable bash completion in zsh (see [7])
  # Only initialize completions module once to avoid unregistering existing completions.
  if ! type compdef > /dev/null; then
    autoload -U +X compinit && compinit
  fi
  autoload -U +X bashcompinit && bashcompinit
fi

# CompWordsContainsArray takes an array and then checks
# if all elements of this array are in the global COMP_WORDS array.
#
# Returns zero (no error) if all elements of the array are in the COMP_WORDS array,
# otherwise returns 1 (error).
function CompWordsContainsArray() {
  declare -a localArray
  localArray=("$@")
  local findme
  for findme in "${localArray[@]}"; do
    if ElementNotInCompWords "$findme"; then return 1; fi
  done
  return 0
}
function ElementNotInCompWords() {
  local findme="$1"
  local element
  for element in "${COMP_WORDS[@]}"; do
    if [[ "$findme" = "$element" ]]; then return 1; fi
  done
  return 0
}

# The `currentPositionalIndex` function calculates the index of the current positional parameter.
#
# currentPositionalIndex takes three parameters:
# the command name,
# a space-separated string with the names of options that take a parameter, and
# a space-separated string with the names of boolean options (that don't take any params).
# When done, this function echos the current positional index to std_out.
#
# Example usage:
# local currIndex=$(currentPositionalIndex "mysubcommand" "$ARG_OPTS" "$FLAG_OPTS")
function currentPositionalIndex() {
  local commandName="$1"
  local optionsWithArgs="$2"
  local booleanOptions="$3"
  local previousWord
  local result=0

  for i in $(seq $((COMP_CWORD - 1)) -1 0); do
    previousWord=${COMP_WORDS[i]}
    if [ "${previousWord}" = "$commandName" ]; then
      break
    fi
    if [[ "${optionsWithArgs}" =~ ${previousWord} ]]; then
      ((result-=2)) # Arg option and its value not counted as positional param
    elif [[ "${booleanOptions}" =~ ${previousWord} ]]; then
      ((result-=1)) # Flag option itself not counted as positional param
    fi
    ((result++))
  done
  echo "$result"
}

# compReplyArray generates a list of completion suggestions based on an array, ensuring all values are properly escaped.
#
# compReplyArray takes a single parameter: the array of options to be displayed
#
# The output is echoed to std_out, one option per line.
#
# Example usage:
# local options=("foo", "bar", "baz")
# local IFS=$'\n'
# COMPREPLY=($(compReplyArray "${options[@]}"))
function compReplyArray() {
  declare -a options
  options=("$@")
  local curr_word=${COMP_WORDS[COMP_CWORD]}
  local i
  local quoted
  local optionList=()

  for (( i=0; i<${#options[@]}; i++ )); do
    # Double escape, since we want escaped values, but compgen -W expands the argument
    printf -v quoted %q "${options[i]}"
    quoted=\'${quoted//\'/\'\\\'\'}\'

    optionList[i]=$quoted
  done

  # We also have to add another round of escaping to $curr_word.
  curr_word=${curr_word//\\/\\\\}
  curr_word=${curr_word//\'/\\\'}

  # Actually generate completions.
  local IFS=$'\n'
  echo -e "$(compgen -W "${optionList[*]}" -- "$curr_word")"
}

# Bash completion entry point function.
# _complete_bhyvescope finds which commands and subcommands have been specified
# on the command line and delegates to the appropriate function
# to generate possible options and subcommands for the last specified subcommand.
function _complete_bhyvescope() {
  # Edge case: if command line has no space after subcommand, then don't assume this subcommand is selected (remkop/picocli#1468).
  if [ "${COMP_LINE}" = "${COMP_WORDS[0]} agent" ];    then _picocli_bhyvescope; return $?; fi
  if [ "${COMP_LINE}" = "${COMP_WORDS[0]} record" ];    then _picocli_bhyvescope; return $?; fi
  if [ "${COMP_LINE}" = "${COMP_WORDS[0]} demo" ];    then _picocli_bhyvescope; return $?; fi
  if [ "${COMP_LINE}" = "${COMP_WORDS[0]} explain" ];    then _picocli_bhyvescope; return $?; fi
  if [ "${COMP_LINE}" = "${COMP_WORDS[0]} state" ];    then _picocli_bhyvescope; return $?; fi
  if [ "${COMP_LINE}" = "${COMP_WORDS[0]} capture" ];    then _picocli_bhyvescope; return $?; fi
  if [ "${COMP_LINE}" = "${COMP_WORDS[0]} captures" ];    then _picocli_bhyvescope; return $?; fi
  if [ "${COMP_LINE}" = "${COMP_WORDS[0]} check" ];    then _picocli_bhyvescope; return $?; fi
  if [ "${COMP_LINE}" = "${COMP_WORDS[0]} version" ];    then _picocli_bhyvescope; return $?; fi

  # Find the longest sequence of subcommands and call the bash function for that subcommand.
  local cmds0=(agent)
  local cmds1=(record)
  local cmds2=(demo)
  local cmds3=(explain)
  local cmds4=(state)
  local cmds5=(capture)
  local cmds6=(captures)
  local cmds7=(check)
  local cmds8=(version)

  if CompWordsContainsArray "${cmds8[@]}"; then _picocli_bhyvescope_version; return $?; fi
  if CompWordsContainsArray "${cmds7[@]}"; then _picocli_bhyvescope_check; return $?; fi
  if CompWordsContainsArray "${cmds6[@]}"; then _picocli_bhyvescope_captures; return $?; fi
  if CompWordsContainsArray "${cmds5[@]}"; then _picocli_bhyvescope_capture; return $?; fi
  if CompWordsContainsArray "${cmds4[@]}"; then _picocli_bhyvescope_state; return $?; fi
  if CompWordsContainsArray "${cmds3[@]}"; then _picocli_bhyvescope_explain; return $?; fi
  if CompWordsContainsArray "${cmds2[@]}"; then _picocli_bhyvescope_demo; return $?; fi
  if CompWordsContainsArray "${cmds1[@]}"; then _picocli_bhyvescope_record; return $?; fi
  if CompWordsContainsArray "${cmds0[@]}"; then _picocli_bhyvescope_agent; return $?; fi

  # No subcommands were specified; generate completions for the top-level command.
  _picocli_bhyvescope; return $?;
}

# Generates completions for the options and subcommands of the `bhyvescope` command.
function _picocli_bhyvescope() {
  # Get completion data
  local curr_word=${COMP_WORDS[COMP_CWORD]}

  local commands="agent record demo explain state capture captures check version"
  local flag_opts="'-h' '--help'"
  local arg_opts=""

  if [[ "${curr_word}" == -* ]]; then
    COMPREPLY=( $(compgen -W "${flag_opts} ${arg_opts}" -- "${curr_word}") )
  else
    local positionals=""
    local IFS=$'\n'
    COMPREPLY=( $(compgen -W "${commands// /$'\n'}${IFS}${positionals}" -- "${curr_word}") )
  fi
}

# Generates completions for the options and subcommands of the `agent` subcommand.
function _picocli_bhyvescope_agent() {
  # Get completion data
  local curr_word=${COMP_WORDS[COMP_CWORD]}
  local prev_word=${COMP_WORDS[COMP_CWORD-1]}

  local commands=""
  local flag_opts="'-h' '--help' '--capture.host-addresses' '--once'"
  local arg_opts="'--source' '--gate.by' '--gate.path' '--state-dir' '--bhyvectl.path' '--vmm.dir' '--vm.include' '--vm.exclude' '--stats.interval' '--read.timeout' '--host.tsc-frequency' '--host.hz' '--web.listen-address' '--web.telemetry-path' '--web.config.file' '--capture.max-size' '--capture.keep' '--state.interval' '--history.max-size' '--replay' '--replay.speed' '--log.level' '--log.format' '--format'"

  type compopt &>/dev/null && compopt +o default

  case ${prev_word} in
    '--source')
      return
      ;;
    '--gate.by')
      return
      ;;
    '--gate.path')
      return
      ;;
    '--state-dir')
      return
      ;;
    '--bhyvectl.path')
      return
      ;;
    '--vmm.dir')
      return
      ;;
    '--vm.include')
      return
      ;;
    '--vm.exclude')
      return
      ;;
    '--stats.interval')
      return
      ;;
    '--read.timeout')
      return
      ;;
    '--host.tsc-frequency')
      return
      ;;
    '--host.hz')
      return
      ;;
    '--web.listen-address')
      return
      ;;
    '--web.telemetry-path')
      return
      ;;
    '--web.config.file')
      return
      ;;
    '--capture.max-size')
      return
      ;;
    '--capture.keep')
      return
      ;;
    '--state.interval')
      return
      ;;
    '--history.max-size')
      return
      ;;
    '--replay')
      return
      ;;
    '--replay.speed')
      return
      ;;
    '--log.level')
      return
      ;;
    '--log.format')
      return
      ;;
    '--format')
      return
      ;;
  esac

  if [[ "${curr_word}" == -* ]]; then
    COMPREPLY=( $(compgen -W "${flag_opts} ${arg_opts}" -- "${curr_word}") )
  else
    local positionals=""
    local IFS=$'\n'
    COMPREPLY=( $(compgen -W "${commands// /$'\n'}${IFS}${positionals}" -- "${curr_word}") )
  fi
}

# Generates completions for the options and subcommands of the `record` subcommand.
function _picocli_bhyvescope_record() {
  # Get completion data
  local curr_word=${COMP_WORDS[COMP_CWORD]}
  local prev_word=${COMP_WORDS[COMP_CWORD-1]}

  local commands=""
  local flag_opts="'-h' '--help'"
  local arg_opts="'--output' '--duration' '--source' '--gate.by' '--gate.path' '--state-dir' '--bhyvectl.path' '--vmm.dir' '--vm.include' '--vm.exclude' '--stats.interval' '--read.timeout' '--host.tsc-frequency' '--host.hz'"

  type compopt &>/dev/null && compopt +o default

  case ${prev_word} in
    '--output')
      return
      ;;
    '--duration')
      return
      ;;
    '--source')
      return
      ;;
    '--gate.by')
      return
      ;;
    '--gate.path')
      return
      ;;
    '--state-dir')
      return
      ;;
    '--bhyvectl.path')
      return
      ;;
    '--vmm.dir')
      return
      ;;
    '--vm.include')
      return
      ;;
    '--vm.exclude')
      return
      ;;
    '--stats.interval')
      return
      ;;
    '--read.timeout')
      return
      ;;
    '--host.tsc-frequency')
      return
      ;;
    '--host.hz')
      return
      ;;
  esac

  if [[ "${curr_word}" == -* ]]; then
    COMPREPLY=( $(compgen -W "${flag_opts} ${arg_opts}" -- "${curr_word}") )
  else
    local positionals=""
    local IFS=$'\n'
    COMPREPLY=( $(compgen -W "${commands// /$'\n'}${IFS}${positionals}" -- "${curr_word}") )
  fi
}

# Generates completions for the options and subcommands of the `demo` subcommand.
function _picocli_bhyvescope_demo() {
  # Get completion data
  local curr_word=${COMP_WORDS[COMP_CWORD]}
  local prev_word=${COMP_WORDS[COMP_CWORD-1]}

  local commands=""
  local flag_opts="'-h' '--help' '--no-prometheus'"
  local arg_opts="'--web.listen-address' '--duration' '--state-dir'"

  type compopt &>/dev/null && compopt +o default

  case ${prev_word} in
    '--web.listen-address')
      return
      ;;
    '--duration')
      return
      ;;
    '--state-dir')
      return
      ;;
  esac

  if [[ "${curr_word}" == -* ]]; then
    COMPREPLY=( $(compgen -W "${flag_opts} ${arg_opts}" -- "${curr_word}") )
  else
    local positionals=""
    local IFS=$'\n'
    COMPREPLY=( $(compgen -W "${commands// /$'\n'}${IFS}${positionals}" -- "${curr_word}") )
  fi
}

# Generates completions for the options and subcommands of the `explain` subcommand.
function _picocli_bhyvescope_explain() {
  # Get completion data
  local curr_word=${COMP_WORDS[COMP_CWORD]}
  local prev_word=${COMP_WORDS[COMP_CWORD-1]}

  local commands=""
  local flag_opts="'-h' '--help' '--json'"
  local arg_opts="'--vendor' '--cpu' '--color'"

  type compopt &>/dev/null && compopt +o default

  case ${prev_word} in
    '--vendor')
      return
      ;;
    '--cpu')
      return
      ;;
    '--color')
      return
      ;;
  esac

  if [[ "${curr_word}" == -* ]]; then
    COMPREPLY=( $(compgen -W "${flag_opts} ${arg_opts}" -- "${curr_word}") )
  else
    local positionals=""
    local IFS=$'\n'
    COMPREPLY=( $(compgen -W "${commands// /$'\n'}${IFS}${positionals}" -- "${curr_word}") )
  fi
}

# Generates completions for the options and subcommands of the `state` subcommand.
function _picocli_bhyvescope_state() {
  # Get completion data
  local curr_word=${COMP_WORDS[COMP_CWORD]}
  local prev_word=${COMP_WORDS[COMP_CWORD-1]}

  local commands=""
  local flag_opts="'-h' '--help' '--json'"
  local arg_opts="'--cpu' '--vendor' '--color' '--source' '--gate.by' '--gate.path' '--bhyvectl.path' '--vmm.dir' '--read.timeout'"

  type compopt &>/dev/null && compopt +o default

  case ${prev_word} in
    '--cpu')
      return
      ;;
    '--vendor')
      return
      ;;
    '--color')
      return
      ;;
    '--source')
      return
      ;;
    '--gate.by')
      return
      ;;
    '--gate.path')
      return
      ;;
    '--bhyvectl.path')
      return
      ;;
    '--vmm.dir')
      return
      ;;
    '--read.timeout')
      return
      ;;
  esac

  if [[ "${curr_word}" == -* ]]; then
    COMPREPLY=( $(compgen -W "${flag_opts} ${arg_opts}" -- "${curr_word}") )
  else
    local positionals=""
    local IFS=$'\n'
    COMPREPLY=( $(compgen -W "${commands// /$'\n'}${IFS}${positionals}" -- "${curr_word}") )
  fi
}

# Generates completions for the options and subcommands of the `capture` subcommand.
function _picocli_bhyvescope_capture() {
  # Get completion data
  local curr_word=${COMP_WORDS[COMP_CWORD]}
  local prev_word=${COMP_WORDS[COMP_CWORD-1]}

  local commands=""
  local flag_opts="'-h' '--help' '--capture.host-addresses'"
  local arg_opts="'--duration' '--source' '--gate.by' '--gate.path' '--state-dir' '--bhyvectl.path' '--vmm.dir' '--vm.include' '--vm.exclude' '--stats.interval' '--read.timeout' '--host.tsc-frequency' '--host.hz' '--web.listen-address' '--web.telemetry-path' '--web.config.file' '--capture.max-size' '--capture.keep' '--state.interval' '--history.max-size' '--replay' '--replay.speed' '--log.level' '--log.format'"

  type compopt &>/dev/null && compopt +o default

  case ${prev_word} in
    '--duration')
      return
      ;;
    '--source')
      return
      ;;
    '--gate.by')
      return
      ;;
    '--gate.path')
      return
      ;;
    '--state-dir')
      return
      ;;
    '--bhyvectl.path')
      return
      ;;
    '--vmm.dir')
      return
      ;;
    '--vm.include')
      return
      ;;
    '--vm.exclude')
      return
      ;;
    '--stats.interval')
      return
      ;;
    '--read.timeout')
      return
      ;;
    '--host.tsc-frequency')
      return
      ;;
    '--host.hz')
      return
      ;;
    '--web.listen-address')
      return
      ;;
    '--web.telemetry-path')
      return
      ;;
    '--web.config.file')
      return
      ;;
    '--capture.max-size')
      return
      ;;
    '--capture.keep')
      return
      ;;
    '--state.interval')
      return
      ;;
    '--history.max-size')
      return
      ;;
    '--replay')
      return
      ;;
    '--replay.speed')
      return
      ;;
    '--log.level')
      return
      ;;
    '--log.format')
      return
      ;;
  esac

  if [[ "${curr_word}" == -* ]]; then
    COMPREPLY=( $(compgen -W "${flag_opts} ${arg_opts}" -- "${curr_word}") )
  else
    local positionals=""
    local IFS=$'\n'
    COMPREPLY=( $(compgen -W "${commands// /$'\n'}${IFS}${positionals}" -- "${curr_word}") )
  fi
}

# Generates completions for the options and subcommands of the `captures` subcommand.
function _picocli_bhyvescope_captures() {
  # Get completion data
  local curr_word=${COMP_WORDS[COMP_CWORD]}
  local prev_word=${COMP_WORDS[COMP_CWORD-1]}

  local commands=""
  local flag_opts="'-h' '--help' '--json'"
  local arg_opts="'--state-dir'"

  type compopt &>/dev/null && compopt +o default

  case ${prev_word} in
    '--state-dir')
      return
      ;;
  esac

  if [[ "${curr_word}" == -* ]]; then
    COMPREPLY=( $(compgen -W "${flag_opts} ${arg_opts}" -- "${curr_word}") )
  else
    local positionals=""
    local IFS=$'\n'
    COMPREPLY=( $(compgen -W "${commands// /$'\n'}${IFS}${positionals}" -- "${curr_word}") )
  fi
}

# Generates completions for the options and subcommands of the `check` subcommand.
function _picocli_bhyvescope_check() {
  # Get completion data
  local curr_word=${COMP_WORDS[COMP_CWORD]}
  local prev_word=${COMP_WORDS[COMP_CWORD-1]}

  local commands=""
  local flag_opts="'-h' '--help' '--capture.host-addresses' '--config'"
  local arg_opts="'--source' '--gate.by' '--gate.path' '--state-dir' '--bhyvectl.path' '--vmm.dir' '--vm.include' '--vm.exclude' '--stats.interval' '--read.timeout' '--host.tsc-frequency' '--host.hz' '--web.listen-address' '--web.telemetry-path' '--web.config.file' '--capture.max-size' '--capture.keep' '--state.interval' '--history.max-size' '--replay' '--replay.speed' '--log.level' '--log.format'"

  type compopt &>/dev/null && compopt +o default

  case ${prev_word} in
    '--source')
      return
      ;;
    '--gate.by')
      return
      ;;
    '--gate.path')
      return
      ;;
    '--state-dir')
      return
      ;;
    '--bhyvectl.path')
      return
      ;;
    '--vmm.dir')
      return
      ;;
    '--vm.include')
      return
      ;;
    '--vm.exclude')
      return
      ;;
    '--stats.interval')
      return
      ;;
    '--read.timeout')
      return
      ;;
    '--host.tsc-frequency')
      return
      ;;
    '--host.hz')
      return
      ;;
    '--web.listen-address')
      return
      ;;
    '--web.telemetry-path')
      return
      ;;
    '--web.config.file')
      return
      ;;
    '--capture.max-size')
      return
      ;;
    '--capture.keep')
      return
      ;;
    '--state.interval')
      return
      ;;
    '--history.max-size')
      return
      ;;
    '--replay')
      return
      ;;
    '--replay.speed')
      return
      ;;
    '--log.level')
      return
      ;;
    '--log.format')
      return
      ;;
  esac

  if [[ "${curr_word}" == -* ]]; then
    COMPREPLY=( $(compgen -W "${flag_opts} ${arg_opts}" -- "${curr_word}") )
  else
    local positionals=""
    local IFS=$'\n'
    COMPREPLY=( $(compgen -W "${commands// /$'\n'}${IFS}${positionals}" -- "${curr_word}") )
  fi
}

# Generates completions for the options and subcommands of the `version` subcommand.
function _picocli_bhyvescope_version() {
  # Get completion data
  local curr_word=${COMP_WORDS[COMP_CWORD]}

  local commands=""
  local flag_opts="'-h' '--help'"
  local arg_opts=""

  if [[ "${curr_word}" == -* ]]; then
    COMPREPLY=( $(compgen -W "${flag_opts} ${arg_opts}" -- "${curr_word}") )
  else
    local positionals=""
    local IFS=$'\n'
    COMPREPLY=( $(compgen -W "${commands// /$'\n'}${IFS}${positionals}" -- "${curr_word}") )
  fi
}

# Define a completion specification (a compspec) for the
# `bhyvescope`, `bhyvescope.sh`, and `bhyvescope.bash` commands.
# Uses the bash `complete` builtin (see [6]) to specify that shell function
# `_complete_bhyvescope` is responsible for generating possible completions for the
# current word on the command line.
# The `-o default` option means that if the function generated no matches, the
# default Bash completions and the Readline default filename completions are performed.
complete -F _complete_bhyvescope -o default bhyvescope bhyvescope.sh bhyvescope.bash
