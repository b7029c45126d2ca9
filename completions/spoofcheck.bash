_spoofcheck() {
    local i cur prev opts cmd
    COMPREPLY=()
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        cur="$2"
    else
        cur="${COMP_WORDS[COMP_CWORD]}"
    fi
    prev="$3"
    cmd=""
    opts=""

    for i in "${COMP_WORDS[@]:0:COMP_CWORD}"
    do
        case "${cmd},${i}" in
            ",$1")
                cmd="spoofcheck"
                ;;
            spoofcheck,completions)
                cmd="spoofcheck__subcmd__completions"
                ;;
            spoofcheck,dns)
                cmd="spoofcheck__subcmd__dns"
                ;;
            spoofcheck,domain)
                cmd="spoofcheck__subcmd__domain"
                ;;
            spoofcheck,explain)
                cmd="spoofcheck__subcmd__explain"
                ;;
            spoofcheck,help)
                cmd="spoofcheck__subcmd__help"
                ;;
            spoofcheck,inspect)
                cmd="spoofcheck__subcmd__inspect"
                ;;
            spoofcheck,man)
                cmd="spoofcheck__subcmd__man"
                ;;
            spoofcheck,scan)
                cmd="spoofcheck__subcmd__scan"
                ;;
            spoofcheck,schema)
                cmd="spoofcheck__subcmd__schema"
                ;;
            spoofcheck,split)
                cmd="spoofcheck__subcmd__split"
                ;;
            spoofcheck__subcmd__dns,help)
                cmd="spoofcheck__subcmd__dns__subcmd__help"
                ;;
            spoofcheck__subcmd__dns,import)
                cmd="spoofcheck__subcmd__dns__subcmd__import"
                ;;
            spoofcheck__subcmd__dns,plan)
                cmd="spoofcheck__subcmd__dns__subcmd__plan"
                ;;
            spoofcheck__subcmd__dns,record)
                cmd="spoofcheck__subcmd__dns__subcmd__record"
                ;;
            spoofcheck__subcmd__dns,show)
                cmd="spoofcheck__subcmd__dns__subcmd__show"
                ;;
            spoofcheck__subcmd__dns__subcmd__help,help)
                cmd="spoofcheck__subcmd__dns__subcmd__help__subcmd__help"
                ;;
            spoofcheck__subcmd__dns__subcmd__help,import)
                cmd="spoofcheck__subcmd__dns__subcmd__help__subcmd__import"
                ;;
            spoofcheck__subcmd__dns__subcmd__help,plan)
                cmd="spoofcheck__subcmd__dns__subcmd__help__subcmd__plan"
                ;;
            spoofcheck__subcmd__dns__subcmd__help,record)
                cmd="spoofcheck__subcmd__dns__subcmd__help__subcmd__record"
                ;;
            spoofcheck__subcmd__dns__subcmd__help,show)
                cmd="spoofcheck__subcmd__dns__subcmd__help__subcmd__show"
                ;;
            spoofcheck__subcmd__help,completions)
                cmd="spoofcheck__subcmd__help__subcmd__completions"
                ;;
            spoofcheck__subcmd__help,dns)
                cmd="spoofcheck__subcmd__help__subcmd__dns"
                ;;
            spoofcheck__subcmd__help,domain)
                cmd="spoofcheck__subcmd__help__subcmd__domain"
                ;;
            spoofcheck__subcmd__help,explain)
                cmd="spoofcheck__subcmd__help__subcmd__explain"
                ;;
            spoofcheck__subcmd__help,help)
                cmd="spoofcheck__subcmd__help__subcmd__help"
                ;;
            spoofcheck__subcmd__help,inspect)
                cmd="spoofcheck__subcmd__help__subcmd__inspect"
                ;;
            spoofcheck__subcmd__help,man)
                cmd="spoofcheck__subcmd__help__subcmd__man"
                ;;
            spoofcheck__subcmd__help,scan)
                cmd="spoofcheck__subcmd__help__subcmd__scan"
                ;;
            spoofcheck__subcmd__help,schema)
                cmd="spoofcheck__subcmd__help__subcmd__schema"
                ;;
            spoofcheck__subcmd__help,split)
                cmd="spoofcheck__subcmd__help__subcmd__split"
                ;;
            spoofcheck__subcmd__help__subcmd__dns,import)
                cmd="spoofcheck__subcmd__help__subcmd__dns__subcmd__import"
                ;;
            spoofcheck__subcmd__help__subcmd__dns,plan)
                cmd="spoofcheck__subcmd__help__subcmd__dns__subcmd__plan"
                ;;
            spoofcheck__subcmd__help__subcmd__dns,record)
                cmd="spoofcheck__subcmd__help__subcmd__dns__subcmd__record"
                ;;
            spoofcheck__subcmd__help__subcmd__dns,show)
                cmd="spoofcheck__subcmd__help__subcmd__dns__subcmd__show"
                ;;
            spoofcheck__subcmd__help__subcmd__split,plan)
                cmd="spoofcheck__subcmd__help__subcmd__split__subcmd__plan"
                ;;
            spoofcheck__subcmd__split,help)
                cmd="spoofcheck__subcmd__split__subcmd__help"
                ;;
            spoofcheck__subcmd__split,plan)
                cmd="spoofcheck__subcmd__split__subcmd__plan"
                ;;
            spoofcheck__subcmd__split__subcmd__help,help)
                cmd="spoofcheck__subcmd__split__subcmd__help__subcmd__help"
                ;;
            spoofcheck__subcmd__split__subcmd__help,plan)
                cmd="spoofcheck__subcmd__split__subcmd__help__subcmd__plan"
                ;;
            *)
                ;;
        esac
    done

    case "${cmd}" in
        spoofcheck)
            opts="-h -V --help --version inspect scan split explain domain dns schema completions man help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 1 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__completions)
            opts="-h -V --help --version bash elvish fish powershell zsh"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__dns)
            opts="-h -V --help --version plan record import show help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__dns__subcmd__help)
            opts="plan record import show help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__dns__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__dns__subcmd__help__subcmd__import)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__dns__subcmd__help__subcmd__plan)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__dns__subcmd__help__subcmd__record)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__dns__subcmd__help__subcmd__show)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__dns__subcmd__import)
            opts="-o -h -V --origin --asked-at --output --help --version"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --origin)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --asked-at)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --output)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -o)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__dns__subcmd__plan)
            opts="-f -o -v -q -j -h -V --client-ip --helo --mail-from --rcpt --authserv-id --trusted-relay --trusted-sealer --protect --format --output --brief --color --defang --width --progress --verbose --dns --resolver --now --input-format --inner --only --ignore --diagnose --quiet --jobs --help --version"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --client-ip)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --helo)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --mail-from)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --rcpt)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --authserv-id)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --trusted-relay)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --trusted-sealer)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --protect)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "human json jsonl markdown html csv ocsf ecs auth-results" -- "${cur}"))
                    return 0
                    ;;
                -f)
                    COMPREPLY=($(compgen -W "human json jsonl markdown html csv ocsf ecs auth-results" -- "${cur}"))
                    return 0
                    ;;
                --output)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -o)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --width)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --progress)
                    COMPREPLY=($(compgen -W "auto never json" -- "${cur}"))
                    return 0
                    ;;
                --dns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --resolver)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --now)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --input-format)
                    COMPREPLY=($(compgen -W "auto eml mbox maildir msg emlx headers jsonl" -- "${cur}"))
                    return 0
                    ;;
                --inner)
                    COMPREPLY=($(compgen -W "auto outer all" -- "${cur}"))
                    return 0
                    ;;
                --only)
                    COMPREPLY=($(compgen -W "TR-101 TR-102 TR-103 TR-117 TR-118 TR-119 TR-120 TR-121 TR-123 TR-126 TR-127 TR-129 ID-614 TR-104 TR-109 TR-110 TR-111 TR-112 TR-113 TR-114 TR-122 TR-125 TR-130 TR-131 TR-105 TR-106 TR-107 TR-108 TR-115 TR-116 TR-124 TR-128 TM-201 TM-202 TM-203 TM-207 TM-208 TM-204 TM-205 TM-206 TM-209 TM-210 TM-211 TM-212 TM-213 TM-214 TM-215 EN-303 EN-304 EN-305 EN-313 EN-315 EN-317 EN-301 EN-302 EN-306 EN-307 EN-308 EN-309 EN-310 EN-311 EN-312 EN-314 EN-316 AU-433 AU-431 AU-401 AU-402 AU-404 AU-405 AU-406 AU-407 AU-408 AU-410 AU-411 AU-440 AU-412 AU-435 AU-418 AU-432 AU-413 AU-414 AU-415 AU-416 AU-417 AU-437 AU-438 AU-441 AU-439 AU-419 AU-420 AU-421 AU-422 AU-423 AU-424 AU-425 ID-601 ID-602 AU-427 AU-428 AU-429 AU-430 AU-436 AU-434 RC-502 RC-501 RC-503 RC-504 RC-514 RC-516 RC-517 RC-518 RC-505 RC-506 RC-507 RC-508 RC-509 RC-510 RC-511 RC-512 RC-513 RC-515 VN-801 VN-802 VN-803 VN-804 VN-805 VN-806 VN-807 VN-808 VN-809 VN-810 VN-811 VN-812 VN-813 VN-814 VN-815 VN-816 VN-817 VN-818 VN-819 VN-820 ID-610 ID-611 ID-612 ID-620 ID-613 ID-603 ID-604 ID-609 ID-605 ID-606 ID-607 ID-608 ID-619 ID-631 ID-621 ID-632 ID-633 ID-624 AU-403 AU-409 AU-426 ID-615 ID-616 ID-617 ID-618 ID-622 ID-623 ID-625 ID-626 ID-629 ID-630 ID-634 ID-627 ID-628 ST-701 ST-716 ST-702 ST-717 ST-703 ST-705 ST-715 ST-704 ST-706 ST-707 ST-708 ST-709 ST-710 ST-711 ID-635 ST-712 ST-713 ST-714" -- "${cur}"))
                    return 0
                    ;;
                --ignore)
                    COMPREPLY=($(compgen -W "TR-101 TR-102 TR-103 TR-117 TR-118 TR-119 TR-120 TR-121 TR-123 TR-126 TR-127 TR-129 ID-614 TR-104 TR-109 TR-110 TR-111 TR-112 TR-113 TR-114 TR-122 TR-125 TR-130 TR-131 TR-105 TR-106 TR-107 TR-108 TR-115 TR-116 TR-124 TR-128 TM-201 TM-202 TM-203 TM-207 TM-208 TM-204 TM-205 TM-206 TM-209 TM-210 TM-211 TM-212 TM-213 TM-214 TM-215 EN-303 EN-304 EN-305 EN-313 EN-315 EN-317 EN-301 EN-302 EN-306 EN-307 EN-308 EN-309 EN-310 EN-311 EN-312 EN-314 EN-316 AU-433 AU-431 AU-401 AU-402 AU-404 AU-405 AU-406 AU-407 AU-408 AU-410 AU-411 AU-440 AU-412 AU-435 AU-418 AU-432 AU-413 AU-414 AU-415 AU-416 AU-417 AU-437 AU-438 AU-441 AU-439 AU-419 AU-420 AU-421 AU-422 AU-423 AU-424 AU-425 ID-601 ID-602 AU-427 AU-428 AU-429 AU-430 AU-436 AU-434 RC-502 RC-501 RC-503 RC-504 RC-514 RC-516 RC-517 RC-518 RC-505 RC-506 RC-507 RC-508 RC-509 RC-510 RC-511 RC-512 RC-513 RC-515 VN-801 VN-802 VN-803 VN-804 VN-805 VN-806 VN-807 VN-808 VN-809 VN-810 VN-811 VN-812 VN-813 VN-814 VN-815 VN-816 VN-817 VN-818 VN-819 VN-820 ID-610 ID-611 ID-612 ID-620 ID-613 ID-603 ID-604 ID-609 ID-605 ID-606 ID-607 ID-608 ID-619 ID-631 ID-621 ID-632 ID-633 ID-624 AU-403 AU-409 AU-426 ID-615 ID-616 ID-617 ID-618 ID-622 ID-623 ID-625 ID-626 ID-629 ID-630 ID-634 ID-627 ID-628 ST-701 ST-716 ST-702 ST-717 ST-703 ST-705 ST-715 ST-704 ST-706 ST-707 ST-708 ST-709 ST-710 ST-711 ID-635 ST-712 ST-713 ST-714" -- "${cur}"))
                    return 0
                    ;;
                --diagnose)
                    COMPREPLY=($(compgen -W "thorough quick off" -- "${cur}"))
                    return 0
                    ;;
                --jobs)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -j)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__dns__subcmd__record)
            opts="-f -o -v -q -j -h -V --client-ip --helo --mail-from --rcpt --authserv-id --trusted-relay --trusted-sealer --protect --format --output --brief --color --defang --width --progress --verbose --dns --resolver --now --input-format --inner --only --ignore --diagnose --quiet --jobs --name --type --reuse --help --version"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --client-ip)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --helo)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --mail-from)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --rcpt)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --authserv-id)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --trusted-relay)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --trusted-sealer)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --protect)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "human json jsonl markdown html csv ocsf ecs auth-results" -- "${cur}"))
                    return 0
                    ;;
                -f)
                    COMPREPLY=($(compgen -W "human json jsonl markdown html csv ocsf ecs auth-results" -- "${cur}"))
                    return 0
                    ;;
                --output)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -o)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --width)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --progress)
                    COMPREPLY=($(compgen -W "auto never json" -- "${cur}"))
                    return 0
                    ;;
                --dns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --resolver)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --now)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --input-format)
                    COMPREPLY=($(compgen -W "auto eml mbox maildir msg emlx headers jsonl" -- "${cur}"))
                    return 0
                    ;;
                --inner)
                    COMPREPLY=($(compgen -W "auto outer all" -- "${cur}"))
                    return 0
                    ;;
                --only)
                    COMPREPLY=($(compgen -W "TR-101 TR-102 TR-103 TR-117 TR-118 TR-119 TR-120 TR-121 TR-123 TR-126 TR-127 TR-129 ID-614 TR-104 TR-109 TR-110 TR-111 TR-112 TR-113 TR-114 TR-122 TR-125 TR-130 TR-131 TR-105 TR-106 TR-107 TR-108 TR-115 TR-116 TR-124 TR-128 TM-201 TM-202 TM-203 TM-207 TM-208 TM-204 TM-205 TM-206 TM-209 TM-210 TM-211 TM-212 TM-213 TM-214 TM-215 EN-303 EN-304 EN-305 EN-313 EN-315 EN-317 EN-301 EN-302 EN-306 EN-307 EN-308 EN-309 EN-310 EN-311 EN-312 EN-314 EN-316 AU-433 AU-431 AU-401 AU-402 AU-404 AU-405 AU-406 AU-407 AU-408 AU-410 AU-411 AU-440 AU-412 AU-435 AU-418 AU-432 AU-413 AU-414 AU-415 AU-416 AU-417 AU-437 AU-438 AU-441 AU-439 AU-419 AU-420 AU-421 AU-422 AU-423 AU-424 AU-425 ID-601 ID-602 AU-427 AU-428 AU-429 AU-430 AU-436 AU-434 RC-502 RC-501 RC-503 RC-504 RC-514 RC-516 RC-517 RC-518 RC-505 RC-506 RC-507 RC-508 RC-509 RC-510 RC-511 RC-512 RC-513 RC-515 VN-801 VN-802 VN-803 VN-804 VN-805 VN-806 VN-807 VN-808 VN-809 VN-810 VN-811 VN-812 VN-813 VN-814 VN-815 VN-816 VN-817 VN-818 VN-819 VN-820 ID-610 ID-611 ID-612 ID-620 ID-613 ID-603 ID-604 ID-609 ID-605 ID-606 ID-607 ID-608 ID-619 ID-631 ID-621 ID-632 ID-633 ID-624 AU-403 AU-409 AU-426 ID-615 ID-616 ID-617 ID-618 ID-622 ID-623 ID-625 ID-626 ID-629 ID-630 ID-634 ID-627 ID-628 ST-701 ST-716 ST-702 ST-717 ST-703 ST-705 ST-715 ST-704 ST-706 ST-707 ST-708 ST-709 ST-710 ST-711 ID-635 ST-712 ST-713 ST-714" -- "${cur}"))
                    return 0
                    ;;
                --ignore)
                    COMPREPLY=($(compgen -W "TR-101 TR-102 TR-103 TR-117 TR-118 TR-119 TR-120 TR-121 TR-123 TR-126 TR-127 TR-129 ID-614 TR-104 TR-109 TR-110 TR-111 TR-112 TR-113 TR-114 TR-122 TR-125 TR-130 TR-131 TR-105 TR-106 TR-107 TR-108 TR-115 TR-116 TR-124 TR-128 TM-201 TM-202 TM-203 TM-207 TM-208 TM-204 TM-205 TM-206 TM-209 TM-210 TM-211 TM-212 TM-213 TM-214 TM-215 EN-303 EN-304 EN-305 EN-313 EN-315 EN-317 EN-301 EN-302 EN-306 EN-307 EN-308 EN-309 EN-310 EN-311 EN-312 EN-314 EN-316 AU-433 AU-431 AU-401 AU-402 AU-404 AU-405 AU-406 AU-407 AU-408 AU-410 AU-411 AU-440 AU-412 AU-435 AU-418 AU-432 AU-413 AU-414 AU-415 AU-416 AU-417 AU-437 AU-438 AU-441 AU-439 AU-419 AU-420 AU-421 AU-422 AU-423 AU-424 AU-425 ID-601 ID-602 AU-427 AU-428 AU-429 AU-430 AU-436 AU-434 RC-502 RC-501 RC-503 RC-504 RC-514 RC-516 RC-517 RC-518 RC-505 RC-506 RC-507 RC-508 RC-509 RC-510 RC-511 RC-512 RC-513 RC-515 VN-801 VN-802 VN-803 VN-804 VN-805 VN-806 VN-807 VN-808 VN-809 VN-810 VN-811 VN-812 VN-813 VN-814 VN-815 VN-816 VN-817 VN-818 VN-819 VN-820 ID-610 ID-611 ID-612 ID-620 ID-613 ID-603 ID-604 ID-609 ID-605 ID-606 ID-607 ID-608 ID-619 ID-631 ID-621 ID-632 ID-633 ID-624 AU-403 AU-409 AU-426 ID-615 ID-616 ID-617 ID-618 ID-622 ID-623 ID-625 ID-626 ID-629 ID-630 ID-634 ID-627 ID-628 ST-701 ST-716 ST-702 ST-717 ST-703 ST-705 ST-715 ST-704 ST-706 ST-707 ST-708 ST-709 ST-710 ST-711 ID-635 ST-712 ST-713 ST-714" -- "${cur}"))
                    return 0
                    ;;
                --diagnose)
                    COMPREPLY=($(compgen -W "thorough quick off" -- "${cur}"))
                    return 0
                    ;;
                --jobs)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -j)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --name)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --type)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__dns__subcmd__show)
            opts="-f -h -V --name --format --help --version"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --name)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "human json jsonl markdown html csv ocsf ecs auth-results" -- "${cur}"))
                    return 0
                    ;;
                -f)
                    COMPREPLY=($(compgen -W "human json jsonl markdown html csv ocsf ecs auth-results" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__domain)
            opts="-s -f -o -v -h -V --selector --common-selectors --dns --resolver --now --format --output --brief --color --defang --width --progress --verbose --help --version"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --selector)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -s)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --dns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --resolver)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --now)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "human json jsonl markdown html csv ocsf ecs auth-results" -- "${cur}"))
                    return 0
                    ;;
                -f)
                    COMPREPLY=($(compgen -W "human json jsonl markdown html csv ocsf ecs auth-results" -- "${cur}"))
                    return 0
                    ;;
                --output)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -o)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --width)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --progress)
                    COMPREPLY=($(compgen -W "auto never json" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__explain)
            opts="-f -h -V --list --format --help --version"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --format)
                    COMPREPLY=($(compgen -W "human json jsonl markdown html csv ocsf ecs auth-results" -- "${cur}"))
                    return 0
                    ;;
                -f)
                    COMPREPLY=($(compgen -W "human json jsonl markdown html csv ocsf ecs auth-results" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help)
            opts="inspect scan split explain domain dns schema completions man help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__completions)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__dns)
            opts="plan record import show"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__dns__subcmd__import)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__dns__subcmd__plan)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__dns__subcmd__record)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__dns__subcmd__show)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__domain)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__explain)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__inspect)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__man)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__scan)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__schema)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__split)
            opts="plan"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__help__subcmd__split__subcmd__plan)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__inspect)
            opts="-f -o -v -q -j -h -V --story --explain-against --client-ip --helo --mail-from --rcpt --authserv-id --trusted-relay --trusted-sealer --protect --format --output --brief --color --defang --width --progress --verbose --dns --resolver --now --input-format --inner --only --ignore --diagnose --quiet --jobs --fail-on --help --version"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --explain-against)
                    COMPREPLY=($(compgen -W "not-spoofed inconclusive deceptive likely-spoofed spoofed" -- "${cur}"))
                    return 0
                    ;;
                --client-ip)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --helo)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --mail-from)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --rcpt)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --authserv-id)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --trusted-relay)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --trusted-sealer)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --protect)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "human json jsonl markdown html csv ocsf ecs auth-results" -- "${cur}"))
                    return 0
                    ;;
                -f)
                    COMPREPLY=($(compgen -W "human json jsonl markdown html csv ocsf ecs auth-results" -- "${cur}"))
                    return 0
                    ;;
                --output)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -o)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --width)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --progress)
                    COMPREPLY=($(compgen -W "auto never json" -- "${cur}"))
                    return 0
                    ;;
                --dns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --resolver)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --now)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --input-format)
                    COMPREPLY=($(compgen -W "auto eml mbox maildir msg emlx headers jsonl" -- "${cur}"))
                    return 0
                    ;;
                --inner)
                    COMPREPLY=($(compgen -W "auto outer all" -- "${cur}"))
                    return 0
                    ;;
                --only)
                    COMPREPLY=($(compgen -W "TR-101 TR-102 TR-103 TR-117 TR-118 TR-119 TR-120 TR-121 TR-123 TR-126 TR-127 TR-129 ID-614 TR-104 TR-109 TR-110 TR-111 TR-112 TR-113 TR-114 TR-122 TR-125 TR-130 TR-131 TR-105 TR-106 TR-107 TR-108 TR-115 TR-116 TR-124 TR-128 TM-201 TM-202 TM-203 TM-207 TM-208 TM-204 TM-205 TM-206 TM-209 TM-210 TM-211 TM-212 TM-213 TM-214 TM-215 EN-303 EN-304 EN-305 EN-313 EN-315 EN-317 EN-301 EN-302 EN-306 EN-307 EN-308 EN-309 EN-310 EN-311 EN-312 EN-314 EN-316 AU-433 AU-431 AU-401 AU-402 AU-404 AU-405 AU-406 AU-407 AU-408 AU-410 AU-411 AU-440 AU-412 AU-435 AU-418 AU-432 AU-413 AU-414 AU-415 AU-416 AU-417 AU-437 AU-438 AU-441 AU-439 AU-419 AU-420 AU-421 AU-422 AU-423 AU-424 AU-425 ID-601 ID-602 AU-427 AU-428 AU-429 AU-430 AU-436 AU-434 RC-502 RC-501 RC-503 RC-504 RC-514 RC-516 RC-517 RC-518 RC-505 RC-506 RC-507 RC-508 RC-509 RC-510 RC-511 RC-512 RC-513 RC-515 VN-801 VN-802 VN-803 VN-804 VN-805 VN-806 VN-807 VN-808 VN-809 VN-810 VN-811 VN-812 VN-813 VN-814 VN-815 VN-816 VN-817 VN-818 VN-819 VN-820 ID-610 ID-611 ID-612 ID-620 ID-613 ID-603 ID-604 ID-609 ID-605 ID-606 ID-607 ID-608 ID-619 ID-631 ID-621 ID-632 ID-633 ID-624 AU-403 AU-409 AU-426 ID-615 ID-616 ID-617 ID-618 ID-622 ID-623 ID-625 ID-626 ID-629 ID-630 ID-634 ID-627 ID-628 ST-701 ST-716 ST-702 ST-717 ST-703 ST-705 ST-715 ST-704 ST-706 ST-707 ST-708 ST-709 ST-710 ST-711 ID-635 ST-712 ST-713 ST-714" -- "${cur}"))
                    return 0
                    ;;
                --ignore)
                    COMPREPLY=($(compgen -W "TR-101 TR-102 TR-103 TR-117 TR-118 TR-119 TR-120 TR-121 TR-123 TR-126 TR-127 TR-129 ID-614 TR-104 TR-109 TR-110 TR-111 TR-112 TR-113 TR-114 TR-122 TR-125 TR-130 TR-131 TR-105 TR-106 TR-107 TR-108 TR-115 TR-116 TR-124 TR-128 TM-201 TM-202 TM-203 TM-207 TM-208 TM-204 TM-205 TM-206 TM-209 TM-210 TM-211 TM-212 TM-213 TM-214 TM-215 EN-303 EN-304 EN-305 EN-313 EN-315 EN-317 EN-301 EN-302 EN-306 EN-307 EN-308 EN-309 EN-310 EN-311 EN-312 EN-314 EN-316 AU-433 AU-431 AU-401 AU-402 AU-404 AU-405 AU-406 AU-407 AU-408 AU-410 AU-411 AU-440 AU-412 AU-435 AU-418 AU-432 AU-413 AU-414 AU-415 AU-416 AU-417 AU-437 AU-438 AU-441 AU-439 AU-419 AU-420 AU-421 AU-422 AU-423 AU-424 AU-425 ID-601 ID-602 AU-427 AU-428 AU-429 AU-430 AU-436 AU-434 RC-502 RC-501 RC-503 RC-504 RC-514 RC-516 RC-517 RC-518 RC-505 RC-506 RC-507 RC-508 RC-509 RC-510 RC-511 RC-512 RC-513 RC-515 VN-801 VN-802 VN-803 VN-804 VN-805 VN-806 VN-807 VN-808 VN-809 VN-810 VN-811 VN-812 VN-813 VN-814 VN-815 VN-816 VN-817 VN-818 VN-819 VN-820 ID-610 ID-611 ID-612 ID-620 ID-613 ID-603 ID-604 ID-609 ID-605 ID-606 ID-607 ID-608 ID-619 ID-631 ID-621 ID-632 ID-633 ID-624 AU-403 AU-409 AU-426 ID-615 ID-616 ID-617 ID-618 ID-622 ID-623 ID-625 ID-626 ID-629 ID-630 ID-634 ID-627 ID-628 ST-701 ST-716 ST-702 ST-717 ST-703 ST-705 ST-715 ST-704 ST-706 ST-707 ST-708 ST-709 ST-710 ST-711 ID-635 ST-712 ST-713 ST-714" -- "${cur}"))
                    return 0
                    ;;
                --diagnose)
                    COMPREPLY=($(compgen -W "thorough quick off" -- "${cur}"))
                    return 0
                    ;;
                --jobs)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -j)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "never inconclusive deceptive likely-spoofed spoofed" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__man)
            opts="-h -V --help --version"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__scan)
            opts="-f -o -v -q -j -h -V --client-ip --helo --mail-from --rcpt --authserv-id --trusted-relay --trusted-sealer --protect --format --output --brief --color --defang --width --progress --verbose --dns --resolver --now --input-format --inner --only --ignore --diagnose --quiet --jobs --fail-on --second-opinion --habits --verdict --where --since --until --summary --resume --byte-range --help --version"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --client-ip)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --helo)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --mail-from)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --rcpt)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --authserv-id)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --trusted-relay)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --trusted-sealer)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --protect)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "human json jsonl markdown html csv ocsf ecs auth-results" -- "${cur}"))
                    return 0
                    ;;
                -f)
                    COMPREPLY=($(compgen -W "human json jsonl markdown html csv ocsf ecs auth-results" -- "${cur}"))
                    return 0
                    ;;
                --output)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -o)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --width)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --progress)
                    COMPREPLY=($(compgen -W "auto never json" -- "${cur}"))
                    return 0
                    ;;
                --dns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --resolver)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --now)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --input-format)
                    COMPREPLY=($(compgen -W "auto eml mbox maildir msg emlx headers jsonl" -- "${cur}"))
                    return 0
                    ;;
                --inner)
                    COMPREPLY=($(compgen -W "auto outer all" -- "${cur}"))
                    return 0
                    ;;
                --only)
                    COMPREPLY=($(compgen -W "TR-101 TR-102 TR-103 TR-117 TR-118 TR-119 TR-120 TR-121 TR-123 TR-126 TR-127 TR-129 ID-614 TR-104 TR-109 TR-110 TR-111 TR-112 TR-113 TR-114 TR-122 TR-125 TR-130 TR-131 TR-105 TR-106 TR-107 TR-108 TR-115 TR-116 TR-124 TR-128 TM-201 TM-202 TM-203 TM-207 TM-208 TM-204 TM-205 TM-206 TM-209 TM-210 TM-211 TM-212 TM-213 TM-214 TM-215 EN-303 EN-304 EN-305 EN-313 EN-315 EN-317 EN-301 EN-302 EN-306 EN-307 EN-308 EN-309 EN-310 EN-311 EN-312 EN-314 EN-316 AU-433 AU-431 AU-401 AU-402 AU-404 AU-405 AU-406 AU-407 AU-408 AU-410 AU-411 AU-440 AU-412 AU-435 AU-418 AU-432 AU-413 AU-414 AU-415 AU-416 AU-417 AU-437 AU-438 AU-441 AU-439 AU-419 AU-420 AU-421 AU-422 AU-423 AU-424 AU-425 ID-601 ID-602 AU-427 AU-428 AU-429 AU-430 AU-436 AU-434 RC-502 RC-501 RC-503 RC-504 RC-514 RC-516 RC-517 RC-518 RC-505 RC-506 RC-507 RC-508 RC-509 RC-510 RC-511 RC-512 RC-513 RC-515 VN-801 VN-802 VN-803 VN-804 VN-805 VN-806 VN-807 VN-808 VN-809 VN-810 VN-811 VN-812 VN-813 VN-814 VN-815 VN-816 VN-817 VN-818 VN-819 VN-820 ID-610 ID-611 ID-612 ID-620 ID-613 ID-603 ID-604 ID-609 ID-605 ID-606 ID-607 ID-608 ID-619 ID-631 ID-621 ID-632 ID-633 ID-624 AU-403 AU-409 AU-426 ID-615 ID-616 ID-617 ID-618 ID-622 ID-623 ID-625 ID-626 ID-629 ID-630 ID-634 ID-627 ID-628 ST-701 ST-716 ST-702 ST-717 ST-703 ST-705 ST-715 ST-704 ST-706 ST-707 ST-708 ST-709 ST-710 ST-711 ID-635 ST-712 ST-713 ST-714" -- "${cur}"))
                    return 0
                    ;;
                --ignore)
                    COMPREPLY=($(compgen -W "TR-101 TR-102 TR-103 TR-117 TR-118 TR-119 TR-120 TR-121 TR-123 TR-126 TR-127 TR-129 ID-614 TR-104 TR-109 TR-110 TR-111 TR-112 TR-113 TR-114 TR-122 TR-125 TR-130 TR-131 TR-105 TR-106 TR-107 TR-108 TR-115 TR-116 TR-124 TR-128 TM-201 TM-202 TM-203 TM-207 TM-208 TM-204 TM-205 TM-206 TM-209 TM-210 TM-211 TM-212 TM-213 TM-214 TM-215 EN-303 EN-304 EN-305 EN-313 EN-315 EN-317 EN-301 EN-302 EN-306 EN-307 EN-308 EN-309 EN-310 EN-311 EN-312 EN-314 EN-316 AU-433 AU-431 AU-401 AU-402 AU-404 AU-405 AU-406 AU-407 AU-408 AU-410 AU-411 AU-440 AU-412 AU-435 AU-418 AU-432 AU-413 AU-414 AU-415 AU-416 AU-417 AU-437 AU-438 AU-441 AU-439 AU-419 AU-420 AU-421 AU-422 AU-423 AU-424 AU-425 ID-601 ID-602 AU-427 AU-428 AU-429 AU-430 AU-436 AU-434 RC-502 RC-501 RC-503 RC-504 RC-514 RC-516 RC-517 RC-518 RC-505 RC-506 RC-507 RC-508 RC-509 RC-510 RC-511 RC-512 RC-513 RC-515 VN-801 VN-802 VN-803 VN-804 VN-805 VN-806 VN-807 VN-808 VN-809 VN-810 VN-811 VN-812 VN-813 VN-814 VN-815 VN-816 VN-817 VN-818 VN-819 VN-820 ID-610 ID-611 ID-612 ID-620 ID-613 ID-603 ID-604 ID-609 ID-605 ID-606 ID-607 ID-608 ID-619 ID-631 ID-621 ID-632 ID-633 ID-624 AU-403 AU-409 AU-426 ID-615 ID-616 ID-617 ID-618 ID-622 ID-623 ID-625 ID-626 ID-629 ID-630 ID-634 ID-627 ID-628 ST-701 ST-716 ST-702 ST-717 ST-703 ST-705 ST-715 ST-704 ST-706 ST-707 ST-708 ST-709 ST-710 ST-711 ID-635 ST-712 ST-713 ST-714" -- "${cur}"))
                    return 0
                    ;;
                --diagnose)
                    COMPREPLY=($(compgen -W "thorough quick off" -- "${cur}"))
                    return 0
                    ;;
                --jobs)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -j)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "never inconclusive deceptive likely-spoofed spoofed" -- "${cur}"))
                    return 0
                    ;;
                --verdict)
                    COMPREPLY=($(compgen -W "not-spoofed inconclusive deceptive likely-spoofed spoofed" -- "${cur}"))
                    return 0
                    ;;
                --where)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --since)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --until)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --summary)
                    COMPREPLY=($(compgen -W "auto never human json" -- "${cur}"))
                    return 0
                    ;;
                --resume)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --byte-range)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__schema)
            opts="-h -V --help --version report domain summary ocsf ecs dns"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__split)
            opts="-h -V --help --version plan help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__split__subcmd__help)
            opts="plan help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__split__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__split__subcmd__help__subcmd__plan)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        spoofcheck__subcmd__split__subcmd__plan)
            opts="-h -V --target-size --help --version"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --target-size)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
    esac
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _spoofcheck -o nosort -o bashdefault -o default spoofcheck
else
    complete -F _spoofcheck -o bashdefault -o default spoofcheck
fi
