# Completion of luaconc for bash.
_luaconc() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -e | -l | --simulate | --from | --trace | --report | --profile | --top | --attach | --watchdog) ((i++)) ;;
      --) break ;;
      -*) ;;
      *)
        # After the script come its own arguments.
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        compopt -o filenames 2>/dev/null
        return
        ;;
    esac
  done
  case $before in
    -e | -l | --watchdog) return ;;
    --top | --attach)
      mapfile -t COMPREPLY < <(compgen -W "$(pgrep -x luaconc)" -- "$word")
      return
      ;;
    --trace | --report | --profile)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      compopt -o filenames 2>/dev/null
      return
      ;;
    --simulate)
      mapfile -t COMPREPLY < <(compgen -W '90s 15m 36h 7d' -- "$word")
      return
      ;;
    --from)
      mapfile -t COMPREPLY < <(compgen -W "$(date +%Y-%m-%dT00:00)" -- "$word")
      return
      ;;
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '-e -i -l -v -E -W -p --simulate --from --trace --report --profile --top --once --attach --attachable --watchdog --help --version --' -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -X '!*.lua' -- "$word"; compgen -d -- "$word")
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _luaconc luaconc
