package org.bhyvescope.os;

import java.nio.file.Path;

/**
 * The way to root for an agent that has no right to read VMs (docs/PRIVILEGES.md).
 *
 * @param by doas or sudo: started with {@code -n}, it asks for no password
 * @param program the gate, bhyvescope-gate: takes no arguments, but one line of standard input
 */
public record Gate(Path by, Path program) {}
