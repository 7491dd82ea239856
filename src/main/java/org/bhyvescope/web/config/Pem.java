package org.bhyvescope.web.config;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A block of a PEM file (RFC 7468).
 *
 * @param label what stands after BEGIN, as {@code CERTIFICATE}
 * @param encrypted whether it has the header of OpenSSL's old encryption; its content is of no use then
 */
record Pem(String label, byte[] der, boolean encrypted) {
    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";

    /**
     * All blocks of a text; what stands between them is a comment.
     *
     * @throws BadFileException if a block does not end, or is no base64
     */
    static List<Pem> blocks(String text) throws BadFileException {
        List<Pem> blocks = new ArrayList<>();
        String label = "";
        StringBuilder base64 = new StringBuilder();
        boolean encrypted = false;
        for (String raw : text.lines().toList()) {
            String line = raw.strip();
            if (line.startsWith(BEGIN) && line.endsWith(DASHES)) {
                label = line.substring(BEGIN.length(), line.length() - DASHES.length());
                base64.setLength(0);
                encrypted = false;
            } else if (line.equals(END + label + DASHES) && !label.isEmpty()) {
                blocks.add(new Pem(label, decoded(label, base64.toString(), encrypted), encrypted));
                label = "";
            } else if (line.startsWith("Proc-Type:") && line.endsWith("ENCRYPTED")) {
                encrypted = true;
            } else if (!label.isEmpty() && line.indexOf(':') < 0) {
                base64.append(line);
            }
        }
        if (!label.isEmpty()) {
            throw new BadFileException("has no end of its " + label + "; copy it again, whole");
        }
        return blocks;
    }

    private static byte[] decoded(String label, String base64, boolean encrypted) throws BadFileException {
        if (encrypted) {
            return new byte[0];
        }
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new BadFileException("has a " + label + " that is no base64; copy it again");
        }
    }
}
