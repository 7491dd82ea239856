# The state that --get-all prints besides sets and statistics, in the format and order of FreeBSD 14. Loaded beside model.awk,
# whose vendor, cpu, vcpus, t and now it uses. A byte 1 stands for the NUL before the first flag of a mapping: awk
# cannot print one, bhyvectl's tr can.

function print_vm(name,    gpu) {
    gpu = name == "win-gpu"
    gib_of_memory = name ~ /^(flaky|frozen|roulette|triple)$/ ? 0.5 : gpu ? 16 : name == "off" ? 4 : name == "linux-idle" ? 2 : 1
    print_memory(gpu || name == "linux-idle" ? "\001wired/iommu" : "")
}

function print_state(name,    gpu) {
    gpu = name == "win-gpu"
    amd = vendor == "amd"
    choose_exit(gpu)
    if (name == "triple" && suspended)
        exit_code = "0x30" # its page tables lie where there is no memory
    print_registers(gpu)
    print_segments(gpu)
    if (amd)
        print_vmcb(gpu)
    else
        print_vmcs()
    print_tail(gpu)
    print_rtc(now + (gpu ? 7200 : 0)) # Windows keeps local time, here two hours east of Greenwich
    print_capabilities(gpu)
}

function print_memory(flags,    low) {
    low = gib_of_memory > 3 ? 3 : gib_of_memory
    printf "ID  Length      Name\n"
    # With high memory the segment also spans the hole below 4 GiB.
    printf "%-4d%-12s%s\n", 0, size(gib_of_memory > 3 ? gib_of_memory + 1 : gib_of_memory), "sysmem"
    printf "%-4d%-12s%s\n", 1, "2048KB", "bootrom"
    printf "Address     Length      Segment     Offset      Prot  Flags\n"
    mapping("0", size(low), "sysmem", "0", "RWX", flags)
    mapping("FFE00000", "2048KB", "bootrom", "0", "R-X", "")
    if (gib_of_memory > 3)
        mapping("100000000", size(gib_of_memory - 3), "sysmem", "100000000", "RWX", flags)
}

# As humanize_number(3) does it: the smallest unit that leaves at most five digits.
function size(gibibytes) {
    return gibibytes * 1024 < 100000 ? gibibytes * 1024 "MB" : gibibytes "GB"
}

function mapping(address, length_, segment, offset, protection, flags) {
    printf "%-12s%-12s%-12s%-12s%s   %s\n", address, length_, segment, offset, protection, flags
}

# What the vCPU last left its guest for. A busy one mostly shows the interrupt by which bhyvectl stopped it.
function choose_exit(gpu,    turn) {
    turn = int(t / 7 + 3 * cpu) % 8
    info1 = info2 = "0000000000000000"
    if (gpu) {
        exit_code = turn == 2 ? "0x400" : turn == 4 ? "0x78" : turn == 5 ? "0x77" : turn == 6 ? "0x7b" : "0x60"
        if (exit_code == "0x400") { # an EOI
            info1 = "0000000100000006"
            info2 = "00000000fee000b0"
        } else if (exit_code == "0x7b") { # IN of four bytes from the ACPI timer's port
            info1 = "0000000004080241"
            info2 = "fffff80021c5a9d5"
        }
    } else
        exit_code = amd ? (turn < 3 ? "0x60" : "0x78") : (turn < 2 ? "0x1" : "0xc")
}

function wide(name, value) {
    printf "%s[%d]\t\t0x%s\n", name, cpu, value
}

function narrow(name, value) {
    printf "%s[%d]\t0x%s\n", name, cpu, value
}

# Numbers that differ from vCPU to vCPU: the last digits of kernel addresses.
function per_cpu(prefix, suffix) {
    return prefix substr("0123456789abcdef", cpu % 16 + 1, 1) suffix
}

function print_registers(gpu,    n, i, general) {
    wide("efer", amd ? "0000000000001d01" : "0000000000000d01")
    wide("cr0", "0000000080050033")
    wide("cr2", per_cpu("0000023f5a1", "2000"))
    wide("cr3", gpu ? "00000000001ae000" : "00000000027b4002")
    # Intel's is the VMCS field, in which the kernel keeps VMXE set; the guest reads cr4_shadow.
    wide("cr4", gpu ? "0000000000350ef8" : amd ? "0000000000350ea0" : "0000000000352ea0")
    n = split("dr0 dr1 dr2 dr3", general, " ")
    for (i = 1; i <= n; i++)
        wide(general[i], "0000000000000000")
    wide("dr6", "00000000ffff0ff0")
    wide("dr7", "0000000000000400")
    wide("rsp", per_cpu(gpu ? "ffff8b0a7c4" : "ffffc900002", "be78"))
    wide("rip", gpu ? "fffff80021c5a9d3" : "ffffffff81c0a4be")
    n = split("rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15", general, " ")
    for (i = 1; i <= n; i++)
        wide(general[i], i % 3 ? "00000000000000" (10 + i) : per_cpu("ffff9d80c1a", "3000"))
    narrow("rflags", "0000000000000246")
}

function descriptor(name, base, limit, access) {
    printf "%s desc[%d]\t0x%s/0x%s/0x%s\n", name, cpu, base, limit, access
}

function print_segments(gpu,    zero) {
    zero = "0000000000000000"
    descriptor("ds", zero, "ffffffff", "0000c0f3")
    descriptor("es", zero, "ffffffff", "0000c0f3")
    descriptor("fs", zero, "00000000", "00010000")
    descriptor("gs", per_cpu(gpu ? "ffff9d80c1a" : "ffff88803ec", "0000"), "00000000", "00010000")
    descriptor("ss", zero, "ffffffff", "0000c093")
    descriptor("cs", zero, "ffffffff", "0000a09b")
    descriptor("tr", per_cpu("fffffe00000", "4000"), "00000067", "0000008b")
    descriptor("ldtr", zero, "00000000", "00010000")
    printf "gdtr[%d]\t\t0x%s/0x%s\n", cpu, per_cpu("fffffe00000", "1000"), "0000007f"
    printf "idtr[%d]\t\t0x%s/0x%s\n", cpu, "fffffe0000000000", "00000fff"
    wide("cs", "0010")
    wide("ds", "002b")
    wide("es", "002b")
    wide("fs", "0000")
    wide("gs", gpu ? "002b" : "0000")
    wide("ss", "0018")
    wide("tr", "0040")
    wide("ldtr", "0000")
}

function print_vmcb(gpu,    zero) {
    zero = "0000000000000000"
    narrow("cr_intercept", "fee2fee2")
    narrow("dr_intercept", "00000000")
    narrow("exc_intercept", "00040000")
    narrow("inst1_intercept", "ddc4000f")
    narrow("inst2_intercept", "00000d7d")
    narrow("TLB ctrl", zero)
    narrow("exitinfo1", info1)
    narrow("exitinfo2", info2)
    narrow("exitintinfo", zero)
    narrow("v_irq/tpr", "0000000001000000")
    narrow("AVIC apic_bar", zero)
    narrow("AVIC backing page", zero)
    narrow("AVIC logical table", zero)
    narrow("AVIC physical table", zero)
}

function print_vmcs(    zero) {
    zero = "0000000000000000"
    wide("cr0_mask", "ffffffff60000020")
    wide("cr0_shadow", "0000000080050033")
    wide("cr4_mask", "ffffffffffc8f800")
    wide("cr4_shadow", "0000000000350ea0")
    narrow("cr3_target_count", zero)
    wide("cr3_target0", zero)
    wide("cr3_target1", zero)
    wide("cr3_target2", zero)
    wide("cr3_target3", zero)
    narrow("pinbased_ctls", "000000000000003f")
    narrow("procbased_ctls", "00000000b5a065fa")
    narrow("procbased_ctls2", "00000000001010aa")
    wide("gla", zero)
    wide("gpa", zero)
    narrow("entry_interruption_info", zero)
    narrow("tpr_threshold", zero)
    narrow("instruction_error", zero)
    wide("exit_ctls", "00000000003fffff")
    wide("entry_ctls", "000000000000d3ff")
    wide("host_pat", "0007040600070406")
    wide("host_cr0", "0000000080050033")
    wide("host_cr3", "00000002194b3000")
    wide("host_cr4", "00000000003726e0")
    wide("host_rip", "ffffffff8284a1d0")
    wide("host_rsp", per_cpu("fffffe01a2b", "7990"))
    narrow("vmcs_pointer", "ffffffffffffffff")
    narrow("vmcs_exit_interruption_info", exit_code == "0x1" ? "00000000800000f2" : zero)
    narrow("vmcs_exit_interruption_error", zero)
    narrow("vmcs_guest_interruptibility", zero)
    narrow("vmcs_exit_inst_length", "00000001")
    narrow("vmcs_exit_qualification", zero)
}

function print_tail(gpu) {
    printf "x2apic_state[%d]\t%d\n", cpu, !gpu
    wide(amd ? "rvi/npt" : "eptp", amd ? "000000021f3c5000" : "000000021f3c505e")
    printf "exception_bitmap[%d]\t0x40000\n", cpu
    if (amd)
        printf "io_bitmap[%d]\t0x2a1e7c000\n", cpu
    else
        printf "io_bitmap_a[%d]\t0\nio_bitmap_b[%d]\t0\n", cpu, cpu
    narrow("tsc_offset", "ffffd1a4c39e0b52")
    printf "msr_bitmap[%d]\t\t0x2a1e7a000\n", cpu
    print_msrs()
    wide(amd ? "asid" : "vpid", per_cpu("000", ""))
    wide("guest_pat", "0007010600070106")
    printf "guest_sysenter_cs[%d]\t0\nguest_sysenter_sp[%d]\t0\nguest_sysenter_ip[%d]\t0\n", cpu, cpu, cpu
    printf "exit_reason[%d]\t%s\n", cpu, exit_code
}

function print_msrs(    n, i, names) {
    n = split("TSC EFER STAR LSTAR CSTAR SF_MASK FSBASE GSBASE KGSBASE SYSENTER_CS_MSR SYSENTER_ESP_MSR " \
              "SYSENTER_EIP_MSR PAT", names, " ")
    for (i = 1; i <= n; i++)
        if (amd || names[i] != "PAT")
            printf "%-20s[%d]\t\t%s\n", "MSR_" names[i], cpu, (i <= 2 ? "R-" : "RW")
}

# The date of a time in seconds since 1970, from the number of its day (the calendar of the year 2000 on).
function print_rtc(epoch,    days, year, month, lengths, names, weekdays, high) {
    epoch = int(epoch)
    days = int(epoch / 86400)
    split("Thu Fri Sat Sun Mon Tue Wed", weekdays, " ")
    split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", names, " ")
    split("31 28 31 30 31 30 31 31 30 31 30 31", lengths, " ")
    printf "rtc nvram[000]: 0x%d%d\n", int(epoch % 60 / 10), epoch % 10 # BCD
    # In two halves: mawk's %x ends at 2^31.
    high = int(epoch / 65536)
    printf "rtc time 0x%x%04x: %s ", high, epoch - high * 65536, weekdays[days % 7 + 1]
    for (year = 1970; days >= 365 + leap(year); year++)
        days -= 365 + leap(year)
    lengths[2] += leap(year)
    for (month = 1; days >= lengths[month]; month++)
        days -= lengths[month]
    printf "%s %02d %02d:%02d:%02d %d\n", names[month], days + 1, int(epoch % 86400 / 3600), int(epoch % 3600 / 60), \
        epoch % 60, year
}

function leap(year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

function print_capabilities(gpu) {
    capability("hlt_exit", 1)
    capability("mtrap_exit", amd ? -1 : 0)
    capability("pause_exit", amd)
    capability("unrestricted_guest", 1)
    capability("enable_invpcid", amd ? -1 : 1)
    capability("bpt_exit", 0)
    capability("rdpid", amd ? -1 : 1)
    capability("rdtscp", amd ? -1 : 1)
    capability("ipi_exit", 1)
    capability("mask_hwintr", 0)
    capability("rflags_tf", amd ? 0 : -1)
}

function capability(name, state) {
    if (state < 0)
        printf "Capability \"%s\" is not available\n", name
    else
        printf "Capability \"%s\" is %sset on vcpu %d\n", name, state ? "" : "not ", cpu
}
