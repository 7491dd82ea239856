package org.bhyvescope.dump;

import java.util.OptionalLong;

/**
 * A segment register or descriptor-table register, as far as its lines were there.
 *
 * @param base linear base address
 * @param limit limit in bytes
 * @param access access word in the layout of VT-x on both vendors; none for gdtr and idtr
 * @param selector none for gdtr and idtr
 */
public record SegmentRegister(OptionalLong base, OptionalLong limit, OptionalLong access, OptionalLong selector) {}
