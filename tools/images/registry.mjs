/**
 * A registry to push to: `HOST/path` as given, else the one of the account that the AWS credentials of the environment
 * belong to. Returns its address, whether it speaks plain HTTP (this machine only), and the credentials it wants.
 */
export async function openRegistry(given) {
  if (given) return { address: given.replace(/\/+$/, ''), insecure: /^(localhost|127\.\d+\.\d+\.\d+)(:|\/|$)/.test(given) };
  const { ECRClient, GetAuthorizationTokenCommand } = await import('@aws-sdk/client-ecr');
  const client = new ECRClient({});
  try {
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    const { authorizationToken, proxyEndpoint } = authorizationData?.[0] ?? {};
    if (!authorizationToken || !proxyEndpoint) throw new Error('the account has no registry');
    const [user, password] = Buffer.from(authorizationToken, 'base64').toString('utf8').split(/:(.*)/s);
    return { address: new URL(proxyEndpoint).host, insecure: false, credentials: { user, password } };
  } catch (error) {
    throw new Error(`the registry of the AWS account cannot be reached (${error.message}); expected valid credentials and a region; sign in, or name another registry with --registry HOST/PATH`, { cause: error });
  } finally {
    client.destroy();
  }
}

/** Whether the registry holds the tag of a repository. */
export async function hasTag({ address, insecure, credentials }, repository, tag) {
  const [host, ...path] = address.split('/');
  const url = `${insecure ? 'http' : 'https'}://${host}/v2/${[...path, repository].join('/')}/manifests/${tag}`;
  const accept = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json', 'application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json'];
  const authorization = credentials && `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
  const { status } = await fetch(url, { method: 'HEAD', headers: { accept: accept.join(', '), ...(authorization && { authorization }) } });
  if (status === 200) return true;
  // A registry that wants another kind of sign-in is asked by the push itself, which uploads only what it lacks.
  if (status === 404 || status === 401) return false;
  throw new Error(`registry ${address} answered ${status} to the question for ${repository}:${tag}; expected 200 or 404; check its address and your rights`);
}
