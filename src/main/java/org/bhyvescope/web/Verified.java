package org.bhyvescope.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Which users and passwords were found right, as digests: right ones only, so that wrong ones push nobody out. The digests are salted by a
 * number that nobody knows; they tell nothing to who finds them in a core dump but has to guess the password.
 */
final class Verified {
    private static final int MOST = 64;
    private static final int SALT_BYTES = 32;

    private final byte[] salt = new byte[SALT_BYTES];
    private final Deque<byte[]> digests = new ArrayDeque<>();

    Verified() {
        new SecureRandom().nextBytes(salt);
    }

    byte[] digest(Credentials given) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            byte[] user = given.user().getBytes(UTF_8);
            sha256.update(salt);
            sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(user.length).array());
            sha256.update(user);
            return sha256.digest(given.password());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    /** Takes the same time wherever digests differ. */
    synchronized boolean contains(byte[] digest) {
        boolean found = false;
        for (byte[] known : digests) {
            found |= MessageDigest.isEqual(known, digest);
        }
        return found;
    }

    /** The oldest one makes room. */
    synchronized void add(byte[] digest) {
        if (digests.size() >= MOST) {
            digests.removeFirst();
        }
        digests.addLast(digest);
    }
}
