package org.bhyvescope.cli;

import java.util.function.Function;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.host.HostSources;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Tools;

/**
 * A simulated host, in place of this one.
 *
 * @param facts what it is
 * @param tools its programs
 * @param sources of the machine around its VMs, given what runs programs
 */
record Simulated(HostFacts facts, Tools tools, Function<Children, HostSources> sources) {}
