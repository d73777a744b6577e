const logged = (value: unknown) => value;
@logged
class Till {}
console.log(Till);
