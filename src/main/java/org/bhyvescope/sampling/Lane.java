package org.bhyvescope.sampling;

/** A limit on how many VMs are read at a time. Guarded by the scheduler. */
final class Lane {
    private int free;

    Lane(int width) {
        this.free = width;
    }

    boolean enter() {
        if (free == 0) {
            return false;
        }
        free--;
        return true;
    }

    void leave() {
        free++;
    }
}
