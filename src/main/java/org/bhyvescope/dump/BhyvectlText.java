package org.bhyvescope.dump;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a text of bhyvectl holds, as far as statistics, vCPU sets and topology go.
 *
 * @param active the {@code active cpus:} line
 * @param suspended the {@code suspended cpus:} line
 * @param topology the {@code cpu_topology:} line
 * @param stats the statistics blocks, in the order printed
 * @param errno bhyvectl's last line {@code errno = N}: a getter failed, with FreeBSD's error number
 * @param nullRows rows described as {@code (null)}: the VM went away while bhyvectl asked for the descriptions
 * @param unknownLines lines that are none of these
 * @param firstUnknown the first of them (shortened), for an error message
 * @param cut the text does not end with a newline: its last line was left out, since half a number is not a number
 */
public record BhyvectlText(
        Optional<CpuSet> active,
        Optional<CpuSet> suspended,
        Optional<Topology> topology,
        List<StatBlock> stats,
        OptionalInt errno,
        int nullRows,
        int unknownLines,
        String firstUnknown,
        boolean cut) {}
